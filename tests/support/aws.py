"""A fake AWS for unit tests: answers shaped like ECS and CloudWatch Logs, counted calls, planned errors."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import get_session

from tests.support import situations as build
from unwedge.model.service import Task

LOGS_GROUP = "/ecs/p"


def client_error(code: str, operation: str, status: int = 400, message: str = "told so") -> ClientError:
    """An error as botocore raises it."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


@cache
def client_meta(service: str) -> SimpleNamespace:
    """What a client of boto3 has as its `meta`: the model of the API."""
    return SimpleNamespace(service_model=get_session().get_service_model(service))


def api_task(task: Task) -> dict[str, Any]:
    """A task as DescribeTasks shows it."""
    data: dict[str, Any] = {
        "taskArn": task.arn,
        "startedBy": task.deployment_id,
        "taskDefinitionArn": task.task_definition,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
        "healthStatus": task.health.value,
        "stopCode": task.stop_code,
        "group": f"service:{build.SERVICE}",
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "executionStoppedAt": task.execution_stopped_at,
        "stoppedAt": task.stopped_at,
        "containers": [
            {
                "name": container.name,
                **({} if container.exit_code is None else {"exitCode": container.exit_code}),
            }
            for container in task.containers
        ],
        "somethingNew": {"ignored": True},
    }
    return {key: value for key, value in data.items() if value is not None}


def api_definition(
    arn: str, access_point: str = "fsap-1", logs: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A task definition as DescribeTaskDefinition shows it: init container, Prometheus, one EFS volume."""
    mount = {"sourceVolume": "data", "containerPath": "/prometheus"}
    options = {"awslogs-group": LOGS_GROUP, "awslogs-stream-prefix": "p", "awslogs-region": "eu-west-1"}
    logs = logs or {"logDriver": "awslogs", "options": options}
    return {
        "taskDefinitionArn": arn,
        "volumes": [
            {
                "name": "data",
                "efsVolumeConfiguration": {
                    "fileSystemId": "fs-0abc",
                    "rootDirectory": "/",
                    "authorizationConfig": {"accessPointId": access_point},
                },
            }
        ],
        "containerDefinitions": [
            {"name": "copy-config", "essential": False, "mountPoints": [mount], "logConfiguration": logs},
            {
                "name": "prometheus",
                "essential": True,
                "command": ["--storage.tsdb.path=/prometheus", "--config.file=/prometheus/p.yml"],
                "environment": [{"name": "SECRET", "value": "never kept"}],
                "healthCheck": {"command": ["CMD-SHELL", "true"]},
                "mountPoints": [mount],
                "logConfiguration": logs,
            },
        ],
    }


class FakeAws:
    """One object that plays both clients. `errors[operation]` raises, `calls` remembers."""

    def __init__(
        self, *tasks: Task, lines: tuple[str, ...] = (build.LOCK_LINE,), tag: str = "enforce"
    ) -> None:
        self.tasks = list(tasks)
        self.standalone: list[Task] = []
        self.lines = lines
        self.tag = tag
        self.tags: dict[str, str] = {}
        self.desired_count = 1
        self.meta = client_meta("ecs")
        self.rollout = "IN_PROGRESS"
        self.rollout_details: dict[str, Any] = {}
        self.deployed_by: dict[str, Any] = {}
        self.protected: tuple[str, ...] = ()
        self.access_points: dict[str, str] = {}
        self.log_configuration: dict[str, Any] | None = None
        self.page = 2
        self.shared = True
        self.calls: list[str] = []
        self.stopped: list[str] = []
        self.updates: list[dict[str, Any]] = []
        self.errors: dict[str, Exception] = {}
        self.before: dict[str, Callable[[], None]] = {}

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.before:
            self.before[operation]()
        if operation in self.errors:
            raise self.errors[operation]

    def describe_services(self, **_: Any) -> Any:
        """The service in the middle of a rolling deployment."""
        self._called("DescribeServices")
        deployments = [
            {
                "id": item.id,
                "status": item.status,
                "taskDefinition": item.task_definition,
                "rolloutState": item.rollout_state,
                "createdAt": item.created_at,
            }
            for item in build.service().deployments
        ]
        found = {
            "serviceArn": build.SERVICE_ARN,
            "status": "ACTIVE",
            "desiredCount": self.desired_count,
            "deployments": deployments,
            "tags": [
                {"key": key, "value": value}
                for key, value in ({"unwedge": self.tag} | self.tags).items()
                if value
            ],
        }
        return {"services": [found | self.deployed_by], "failures": []}

    def list_tasks(
        self,
        desiredStatus: str,  # noqa: N803 - the API's own names
        serviceName: str = "",  # noqa: N803
        nextToken: str = "",  # noqa: N803
        **_: Any,
    ) -> Any:
        """Few tasks a page, to make sure that pages are followed. Only the cluster has standalone tasks."""
        self._called("ListTasks")
        tasks = self.tasks if serviceName else [*self.tasks, *self.standalone]
        arns = [task.arn for task in tasks if task.desired_status == desiredStatus]
        start = int(nextToken or 0)
        end = start + self.page
        answer: dict[str, Any] = {"taskArns": arns[start:end]}
        if end < len(arns):
            answer["nextToken"] = str(end)
        return answer

    def describe_tasks(self, tasks: list[str], **_: Any) -> Any:
        """The tasks asked for."""
        self._called("DescribeTasks")
        assert 0 < len(tasks) <= 100
        found = [task for task in [*self.tasks, *self.standalone] if task.arn in tasks]
        return {"tasks": [api_task(task) for task in found], "failures": []}

    def describe_task_definition(self, taskDefinition: str) -> Any:  # noqa: N803 - the API's own names
        """Both revisions, alike but for what a test changes."""
        self._called("DescribeTaskDefinition")
        access_point = self.access_points.get(taskDefinition, "fsap-1")
        found = api_definition(taskDefinition, access_point, self.log_configuration)
        if not self.shared:
            found["volumes"] = []
            found["containerDefinitions"] = [
                {**container, "mountPoints": []} for container in found["containerDefinitions"]
            ]
        return {"taskDefinition": found}

    def list_service_deployments(self, **_: Any) -> Any:
        """The newest one decides."""
        self._called("ListServiceDeployments")
        return {
            "serviceDeployments": [
                {"serviceDeploymentArn": "new", "status": self.rollout, "createdAt": build.ago(300)},
                {"serviceDeploymentArn": "old", "status": "SUCCESSFUL", "createdAt": build.ago(9000)},
            ]
        }

    def describe_service_deployments(self, **_: Any) -> Any:
        """The newest one, with the hooks and the breaker set here."""
        self._called("DescribeServiceDeployments")
        found = {"serviceDeploymentArn": "new", "status": self.rollout, "createdAt": build.ago(300)}
        return {"serviceDeployments": [found | self.rollout_details]}

    def get_task_protection(self, tasks: list[str], **_: Any) -> Any:
        """Nothing is protected but what is set here."""
        self._called("GetTaskProtection")
        return {
            "protectedTasks": [{"taskArn": arn, "protectionEnabled": arn in self.protected} for arn in tasks],
            "failures": [],
        }

    def stop_task(self, task: str, **_: Any) -> Any:
        """Remembers what was stopped, after any planned error."""
        self._called("StopTask")
        self.stopped.append(task)
        return {}

    def update_service(self, **params: Any) -> Any:
        """Remembers what was asked for, after any planned error; a new count shows at once."""
        self._called("UpdateService")
        self.updates.append(
            {key: value for key, value in params.items() if key not in ("cluster", "service")}
        )
        self.desired_count = params.get("desiredCount", self.desired_count)
        return {}

    def tag_resource(self, tags: list[dict[str, str]], **_: Any) -> Any:
        """Shown from now on with the service."""
        self._called("TagResource")
        self.tags |= {tag["key"]: tag["value"] for tag in tags}
        return {}

    def untag_resource(self, tagKeys: list[str], **_: Any) -> Any:  # noqa: N803 - the API's own names
        """Gone from now on."""
        self._called("UntagResource")
        for key in tagKeys:
            self.tags.pop(key, None)
        return {}

    def list_clusters(self, **_: Any) -> Any:
        """The one cluster."""
        self._called("ListClusters")
        return {"clusterArns": [build.CLUSTER]}

    def get_log_events(self, logStreamName: str, **_: Any) -> Any:  # noqa: N803 - the API's own names
        """The contender's lines, all of the time at which the stream's task ended."""
        self._called("GetLogEvents")
        whose = (task for task in self.tasks if logStreamName.endswith(f"/{task.id}"))
        ended = next((task.failed_at for task in whose if task.failed_at), build.ago(20))
        last = build.last_words(ended)
        lines = [last.text if line == build.LOCK_LINE else line for line in self.lines]
        events = [{"timestamp": int(last.at.timestamp() * 1000), "message": line} for line in lines]
        return {"events": events, "nextBackwardToken": "b/1", "nextForwardToken": "f/1"}
