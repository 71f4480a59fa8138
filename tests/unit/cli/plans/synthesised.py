"""A stack with ECS services, as people write it with the CDK, really synthesised."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_efs as efs


def synthesise(folder: Path) -> Path:
    """The template of a stack with a load-balanced service and a Prometheus on EFS."""
    app = cdk.App(outdir=str(folder))
    stack = cdk.Stack(app, "Monitoring")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    _web(stack, cluster)
    _prometheus(stack, cluster, vpc)
    app.synth()
    return folder / "Monitoring.template.json"


def _web(stack: cdk.Stack, cluster: ecs.Cluster) -> None:
    web = patterns.ApplicationLoadBalancedFargateService(
        stack,
        "Web",
        cluster=cluster,
        desired_count=1,
        task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
            image=ecs.ContainerImage.from_registry("grafana/grafana:12.0.0"),
            container_port=3000,
            environment={"GF_DATABASE_TYPE": "sqlite3", "Snake_And-kebab": "x"},
            docker_labels={"Some.Label-Name": "y"},
        ),
        circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
        min_healthy_percent=100,
        enable_execute_command=True,
    )
    web.target_group.set_attribute("deregistration_delay.timeout_seconds", "17")
    web.service.auto_scale_task_count(max_capacity=4)


def _prometheus(stack: cdk.Stack, cluster: ecs.Cluster, vpc: ec2.Vpc) -> None:
    files = efs.FileSystem(stack, "Files", vpc=vpc)
    point = files.add_access_point("Point", path="/prometheus")
    task = ecs.FargateTaskDefinition(stack, "Task", cpu=512, memory_limit_mib=1024, family="prometheus")
    task.add_volume(
        name="data",
        efs_volume_configuration=ecs.EfsVolumeConfiguration(
            file_system_id=files.file_system_id,
            transit_encryption="ENABLED",
            authorization_config=ecs.AuthorizationConfig(
                access_point_id=point.access_point_id, iam="ENABLED"
            ),
        ),
    )
    container = task.add_container(
        "prometheus",
        image=ecs.ContainerImage.from_registry("prom/prometheus:v3.5.0"),
        command=["--storage.tsdb.path=/prometheus"],
        logging=ecs.LogDriver.aws_logs(stream_prefix="ecs"),
        stop_timeout=cdk.Duration.seconds(120),
    )
    container.add_mount_points(
        ecs.MountPoint(container_path="/prometheus", source_volume="data", read_only=False)
    )
    ecs.FargateService(
        stack,
        "Prometheus",
        cluster=cluster,
        task_definition=task,
        desired_count=1,
        min_healthy_percent=0,
        max_healthy_percent=100,
        availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
        service_name="prometheus",
        propagate_tags=ecs.PropagatedTagSource.SERVICE,
    )
