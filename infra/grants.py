"""Grants: statements of a role's policy, with the reason for each wildcard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Actions on resources (ARNs), within clusters (ARNs, none means any), and `when` only with such
    condition keys; why, where one is a wildcard."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    clusters: tuple[str, ...] = ()
    when: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wildcard_because: str | None = None

    def statement(self) -> iam.PolicyStatement:
        """The grant as IAM has it. The key ecs:cluster exists for every action that gets clusters here."""
        within = {"ArnEquals": {"ecs:cluster": list(self.clusters)}} if self.clusters else {}
        conditions = {**within, **self.when} or None
        return iam.PolicyStatement(
            sid=self.sid, actions=list(self.actions), resources=list(self.resources), conditions=conditions
        )


def attach(role: iam.Role, policy_id: str, grants: list[Grant]) -> iam.Policy:
    """One policy with all grants, next to the role; each wildcard is acknowledged with its reason."""
    policy = iam.Policy(role, policy_id, statements=[grant.statement() for grant in grants], roles=[role])
    reasons: dict[str, str] = {}
    for grant in grants:
        for resource in grant.resources:
            if grant.wildcard_because:
                name = _as_nag_prints(cdk.Stack.of(role), resource)
                reasons[name] = " ".join(filter(None, [reasons.get(name), grant.wildcard_because]))
    for name, reason in reasons.items():
        finding = f"AwsSolutions::AwsSolutions-IAM5[Resource::{name}]"
        cdk.Validations.of(policy).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))
    return policy


def _as_nag_prints(stack: cdk.Stack, resource: str) -> str:
    """An ARN as cdk-nag names it in a finding: `<AWS::Region>` for the region that is not known yet."""
    resolved = stack.resolve(resource)
    if isinstance(resolved, str):
        return resolved
    parts = resolved["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
