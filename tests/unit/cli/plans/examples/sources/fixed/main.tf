resource "aws_ecs_cluster" "monitoring" {
  name = "monitoring"
}
resource "aws_efs_file_system" "data" {
}
resource "aws_efs_mount_target" "data" {
  file_system_id = aws_efs_file_system.data.id
  subnet_id      = "subnet-0a1b2c3d"
}
resource "aws_efs_access_point" "data" {
  file_system_id = aws_efs_file_system.data.id
}
resource "aws_iam_role" "task" {
  name               = "prometheus"
  assume_role_policy = "{}"
}
resource "aws_ecs_task_definition" "prometheus" {
  family                   = "prometheus"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = file("${path.module}/containers.json")
  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id     = aws_efs_mount_target.data.file_system_id
      root_directory     = "/"
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = aws_efs_access_point.data.id
      }
    }
  }
}
resource "aws_ecs_service" "prometheus" {
  name                               = "prometheus"
  cluster                            = aws_ecs_cluster.monitoring.arn
  task_definition                    = aws_ecs_task_definition.prometheus.arn
  desired_count                      = 1
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  availability_zone_rebalancing      = "DISABLED"
  launch_type                        = "FARGATE"
  enable_execute_command             = true
  network_configuration {
    subnets = ["subnet-0a1b2c3d"]
  }
}
resource "aws_ecs_service" "agent" {
  name                = "agent"
  cluster             = aws_ecs_cluster.monitoring.id
  task_definition     = "agent:7"
  scheduling_strategy = "DAEMON"
}
