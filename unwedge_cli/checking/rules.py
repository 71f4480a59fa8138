"""The rules of an audit, each with a title and what is behind it, for reports."""

from unwedge.model.posture import FindingKind, Severity

# Title, and help.
RULES: dict[FindingKind, tuple[str, str]] = {
    FindingKind.DOUBLE_WRITERS: (
        "Two tasks write to one directory",
        "The program takes no lock, and a deployment (or the desired count) runs two of its tasks on the "
        "same directory at the same time. This can damage the data, and no event or log line tells of it.",
    ),
    FindingKind.SHARED_DIRECTORY: (
        "Another service or task uses the same directory",
        "Two services, or a service and a task of none, are given the same directory of the same file "
        "system. Give each of them its own.",
    ),
    FindingKind.WEDGES: (
        "Every deployment deadlocks",
        "The new task starts first and cannot take the lock that the old task holds. ECS does not stop the "
        "old task before a new one is healthy.",
    ),
    FindingKind.SEVERAL_TASKS: (
        "Several tasks share one lock",
        "The desired count is more than 1, and the program lets only one task use the directory.",
    ),
    FindingKind.STUCK: (
        "Deployments stand still",
        "The percentages allow ECS neither to start a new task nor to stop an old one.",
    ),
    FindingKind.FIX_REFUSED: (
        "ECS refuses this maximumPercent",
        "ECS accepts no maximumPercent of 100 or less while Availability Zone rebalancing is on. Turn "
        "rebalancing off first.",
    ),
    FindingKind.MAY_WEDGE: (
        "A deployment may deadlock",
        "The old and the new task may contend for one lock. What decides it is not known.",
    ),
    FindingKind.FIX_INCOMPLETE: (
        "The settings do not fully keep two tasks apart",
        "ECS may still run the old and the new task at the same time.",
    ),
    FindingKind.ROLLBACK_FIRST: (
        "The circuit breaker may roll back before Unwedge acts",
        "A deployment that is rolled back is no longer Unwedge's to free.",
    ),
    FindingKind.NO_EVIDENCE: (
        "No log that Unwedge can read",
        "Unwedge stops a task only when the failed task's own log says that the lock is held. It reads logs "
        "of the awslogs driver with a group and a stream prefix.",
    ),
    FindingKind.EBS_VOLUME: (
        "The EBS volume is deleted with its task",
        "ECS makes a new EBS volume for each task of a service and deletes it with the task.",
    ),
    FindingKind.STOP_TIMEOUT_SHORT: (
        "The program may be killed before it has written its data",
        "stopTimeout is shorter than the program may need between SIGTERM and its end.",
    ),
    FindingKind.LONG_GAP: (
        "The load balancer prolongs every hand-over",
        "The old task holds the lock until the deregistration delay of its target group is over.",
    ),
    FindingKind.UNSUPPORTED_STORE: (
        "The program does not support this file system",
        "The makers of the program say that its data must not lie on this kind of file system.",
    ),
    FindingKind.LINES_JOINED: (
        "The log driver joins lines",
        "The last line of a task may come late, and with it the evidence.",
    ),
    FindingKind.LINES_DROPPED: (
        "The log driver may drop lines",
        "Its buffer is small. The evidence may be among the lines that are lost.",
    ),
    FindingKind.EXEC_NOT_ON_TASKS: (
        "ECS Exec does not work on the running tasks",
        "It was enabled on the service after they started.",
    ),
    FindingKind.TAGS_NOT_PROPAGATED: (
        "The service's tags do not reach its tasks",
        "Set propagateTags, so that policies and costs that go by the tags of tasks see them.",
    ),
    FindingKind.DRIFT: (
        "The running tasks are not what the service says",
        "Settings that were changed reach only tasks that start afterwards.",
    ),
    FindingKind.NOT_READ: (
        "Not enough could be read",
        "It cannot be told what a deployment of this service does.",
    ),
}
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
