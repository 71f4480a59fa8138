"""A remedy as text to paste: Terraform, the CDK in Python and TypeScript, the AWS CLI. All pure.

What comes from AWS or from a plan (names, ARNs, addresses) is text that somebody else wrote: it gets into a
snippet through quoting.py only.
"""

from unwedge.posture.remedies.order import ordered
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.render import Language, render

__all__ = ["Language", "Place", "ordered", "render"]
