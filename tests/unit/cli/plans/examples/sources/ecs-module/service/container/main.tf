variable "name" {}
variable "image" {}
resource "aws_cloudwatch_log_group" "this" {
  name_prefix = var.name
}
output "container_definition" {
  value = {
    name        = var.name
    image       = var.image
    essential   = true
    mountPoints = [{ sourceVolume = "data", containerPath = "/prometheus", readOnly = false }]
    logConfiguration = {
      logDriver = "awslogs"
      options   = { awslogs-group = "/aws/ecs/${var.name}", awslogs-stream-prefix = "ecs" }
    }
  }
}
