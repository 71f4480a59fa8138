variable "name" {}
variable "task_definition" {}
variable "desired" {}
resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = "monitoring"
  task_definition = var.task_definition
  desired_count   = var.desired
}
