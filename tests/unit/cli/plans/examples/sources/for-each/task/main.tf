variable "name" {}
variable "file_system" {}
resource "aws_ecs_task_definition" "this" {
  family = var.name
  container_definitions = jsonencode([{
    name        = var.name
    image       = "prom/prometheus:v3.5.0"
    memory      = 64
    mountPoints = [{ sourceVolume = "data", containerPath = "/prometheus" }]
  }])
  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id = var.file_system
      root_directory = "/${var.name}"
    }
  }
}
output "arn" {
  value = aws_ecs_task_definition.this.arn
}
