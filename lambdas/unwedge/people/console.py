"""Addresses of AWS console pages for what Unwedge speaks of, in whatever partition an ARN is of."""

from urllib.parse import quote

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def task_page(task_arn: str) -> str | None:
    """A task in the ECS console; None for what is no task's long ARN."""
    parts = _arn(task_arn, "task", 3)
    if parts is None:
        return None
    host, region, (_, cluster, task) = parts
    where = f"clusters/{_part(cluster)}/tasks/{_part(task)}/configuration"
    return f"{host}/ecs/v2/{where}?region={_part(region)}"


def service_page(service_arn: str) -> str | None:
    """A service in the ECS console."""
    parts = _arn(service_arn, "service", 3)
    if parts is None:
        return None
    host, region, (_, cluster, name) = parts
    return f"{host}/ecs/v2/clusters/{_part(cluster)}/services/{_part(name)}/health?region={_part(region)}"


def stream_page(region: str, group: str, stream: str, partition: str = "aws") -> str:
    """A log stream in the CloudWatch console, which wants names escaped twice, with $ for %."""
    names = "/".join(("log-groups/log-group", _twice(group), "log-events", _twice(stream)))
    return f"{_host(region, partition)}/cloudwatch/home?region={_part(region)}#logsV2:{names}"


def item_page(region: str, table: str, pk: str, sk: str, partition: str = "aws") -> str:
    """An item of a DynamoDB table in the console's editor."""
    query = f"itemMode=2&pk={_part(pk)}&sk={_part(sk)}&route=ROUTE_ITEM_EXPLORER&table={_part(table)}"
    return f"{_host(region, partition)}/dynamodbv2/home?region={_part(region)}#edit-item?{query}"


def dashboard_page(region: str, name: str, partition: str = "aws") -> str:
    """A CloudWatch dashboard."""
    home = f"{_host(region, partition)}/cloudwatch/home?region={_part(region)}"
    return f"{home}#dashboards/dashboard/{_part(name)}"


def place_of(arn: str) -> tuple[str, str]:
    """Partition and region of an ARN."""
    parts = arn.split(":")
    return (parts[1], parts[3]) if len(parts) > 4 else ("aws", "us-east-1")


def _arn(arn: str, kind: str, depth: int) -> tuple[str, str, list[str]] | None:
    """Console host, region and the parts of the resource; None for an ARN of another shape."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "ecs":
        return None
    resource = parts[5].split("/")
    if resource[0] != kind or len(resource) != depth or not parts[3]:
        return None
    return _host(parts[3], parts[1]), parts[3], resource


def _host(region: str, partition: str) -> str:
    name = _HOSTS.get(partition, _HOSTS["aws"])
    return f"https://{_part(region)}.{name}" if partition == "aws" else f"https://{name}"


def _part(text: str) -> str:
    return quote(text, safe="")


def _twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="").replace("%", "$")
