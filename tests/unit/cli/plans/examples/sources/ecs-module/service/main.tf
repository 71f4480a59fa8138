variable "name" {}
variable "cluster_arn" {}
variable "container_definitions" {
  type = any
}
variable "volume" {
  type    = any
  default = {}
}
variable "ignore_task_definition_changes" {
  default = false
}
variable "task_definition_arn" {
  default = null
}
variable "create_task_definition" {
  default = true
}
variable "autoscaling_max_capacity" {
  default = 10
}
locals {
  task_definition = var.create_task_definition ? aws_ecs_task_definition.this[0].arn : var.task_definition_arn
}
module "container_definition" {
  source   = "./container"
  for_each = var.container_definitions
  name     = each.key
  image    = each.value.image
}
resource "aws_ecs_task_definition" "this" {
  count                    = var.create_task_definition ? 1 : 0
  container_definitions    = jsonencode([for k, v in module.container_definition : v.container_definition])
  family                   = var.name
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 1024
  memory                   = 2048
  dynamic "volume" {
    for_each = var.volume
    content {
      name = volume.key
      dynamic "efs_volume_configuration" {
        for_each = [volume.value.efs_volume_configuration]
        content {
          file_system_id = efs_volume_configuration.value.file_system_id
        }
      }
    }
  }
}
resource "aws_ecs_service" "this" {
  count           = var.ignore_task_definition_changes ? 0 : 1
  name            = var.name
  cluster         = var.cluster_arn
  desired_count   = 1
  launch_type     = "FARGATE"
  task_definition = local.task_definition
  lifecycle {
    ignore_changes = [desired_count]
  }
}
resource "aws_ecs_service" "ignore_task_definition" {
  count           = var.ignore_task_definition_changes ? 1 : 0
  name            = var.name
  cluster         = var.cluster_arn
  desired_count   = 1
  launch_type     = "FARGATE"
  task_definition = local.task_definition
  lifecycle {
    ignore_changes = [desired_count, task_definition, load_balancer]
  }
}
resource "aws_appautoscaling_target" "this" {
  count              = 1
  min_capacity       = 1
  max_capacity       = var.autoscaling_max_capacity
  resource_id        = "service/${element(split("/", var.cluster_arn), 1)}/${try(aws_ecs_service.this[0].name, aws_ecs_service.ignore_task_definition[0].name)}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}
