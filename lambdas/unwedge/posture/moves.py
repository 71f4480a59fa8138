"""What ECS may do first in a deployment: start a new task, or stop an old one. Pure.

Amazon ECS API reference, DeploymentConfiguration: minimumHealthyPercent of the desired count, rounded up,
have to stay healthy, and maximumPercent of it, rounded down, may run or be pending at a time.
"""

from typing import NamedTuple

from unwedge.posture.shape import Shape

# Both revisions run side by side, whatever the percentages say.
_SIDE_BY_SIDE = frozenset({"BLUE_GREEN", "LINEAR", "CANARY"})


class Moves(NamedTuple):
    """None where the settings that decide it are not known."""

    starts_first: bool | None
    stops_first: bool | None
    why: str

    @property
    def known(self) -> bool:
        """Whether both are known."""
        return self.starts_first is not None and self.stops_first is not None


def moves(shape: Shape) -> Moves:
    """What a deployment of the service may begin with. A service scaled to 0 is judged as one of one task."""
    if shape.controller == "CODE_DEPLOY" or shape.strategy in _SIDE_BY_SIDE:
        how = "CodeDeploy" if shape.controller == "CODE_DEPLOY" else f"the strategy {shape.strategy}"
        return Moves(True, False, f"{how} starts all new tasks before it stops an old one")
    if shape.scheduling == "DAEMON":
        return Moves(None, None, "a daemon has a task on every container instance")
    if shape.controller != "ECS" or shape.strategy != "ROLLING" or shape.scheduling != "REPLICA":
        return Moves(None, None, "its deployments are not ECS's own rolling ones")
    if shape.desired is None or shape.minimum is None or shape.maximum is None:
        return Moves(None, None, "its desired count or its percentages are not known")
    desired = max(1, shape.desired)
    least, most = -(-desired * shape.minimum // 100), desired * shape.maximum // 100
    return Moves(
        most > desired,
        least < desired,
        f"of {desired} desired task{'s' if desired > 1 else ''}, minimumHealthyPercent {shape.minimum} keeps "
        f"{least} and maximumPercent {shape.maximum} allows {most}",
    )
