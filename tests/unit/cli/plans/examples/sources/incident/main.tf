variable "image" {
  default = "prom/prometheus:v3.5.0"
}
variable "token" {
  default   = "not-for-notes"
  sensitive = true
}
resource "aws_ecs_cluster" "monitoring" {
  name = "monitoring"
}
resource "aws_efs_file_system" "data" {
  tags = { Name = "prometheus" }
}
resource "aws_efs_access_point" "data" {
  file_system_id = aws_efs_file_system.data.id
  lifecycle {
    ignore_changes = all
  }
}
resource "aws_lb_target_group" "web" {
  name                 = "prometheus"
  port                 = 9090
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = "vpc-0a1b2c3d"
  deregistration_delay = 30
}
resource "aws_ecs_task_definition" "prometheus" {
  family                   = "prometheus"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  container_definitions = jsonencode([{
    name         = "prometheus"
    image        = var.image
    essential    = true
    command      = ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
    environment  = [{ name = "TOKEN", value = var.token }]
    portMappings = [{ containerPort = 9090 }]
    mountPoints  = [{ sourceVolume = "data", containerPath = "/prometheus", readOnly = false }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = "/ecs/prometheus"
        awslogs-region        = "eu-central-1"
        awslogs-stream-prefix = "ecs"
      }
    }
  }])
  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.data.id
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = aws_efs_access_point.data.id
        iam             = "ENABLED"
      }
    }
  }
}
resource "aws_ecs_service" "prometheus" {
  name            = "prometheus"
  cluster         = aws_ecs_cluster.monitoring.id
  task_definition = aws_ecs_task_definition.prometheus.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"
  network_configuration {
    subnets = ["subnet-0a1b2c3d"]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "prometheus"
    container_port   = 9090
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  health_check_grace_period_seconds = 60
  tags                              = { unwedge = "approve" }
}
resource "aws_appautoscaling_target" "prometheus" {
  min_capacity       = 1
  max_capacity       = 2
  resource_id        = "service/${aws_ecs_cluster.monitoring.name}/${aws_ecs_service.prometheus.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}
