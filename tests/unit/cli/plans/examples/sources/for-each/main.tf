locals {
  shards = { a = 1, b = 2 }
}
module "store" {
  source = "./store"
}
module "task" {
  source      = "./task"
  for_each    = local.shards
  name        = "prometheus-${each.key}"
  file_system = module.store.file_system_id
}
module "service" {
  source          = "./service"
  for_each        = local.shards
  name            = "prometheus-${each.key}"
  desired         = each.value
  task_definition = module.task[each.key].arn
}
module "named" {
  source          = "./service"
  name            = "prometheus-named"
  desired         = 1
  task_definition = module.task["a"].arn
}
resource "aws_ecs_task_definition" "counted" {
  count                 = 2
  family                = "counted-${count.index}"
  container_definitions = jsonencode([{ name = "counted-${count.index}", image = "qdrant/qdrant:v1.15", memory = 64 }])
}
resource "aws_ecs_service" "counted" {
  count           = 2
  name            = "counted-${count.index}"
  task_definition = aws_ecs_task_definition.counted[count.index].arn
  desired_count   = 1
}
