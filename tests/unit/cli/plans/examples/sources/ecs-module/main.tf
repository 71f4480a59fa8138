resource "aws_efs_file_system" "data" {
}
module "ecs_service" {
  source      = "./service"
  name        = "prometheus"
  cluster_arn = "arn:aws:ecs:eu-central-1:111122223333:cluster/monitoring"
  container_definitions = {
    prometheus = { image = "prom/prometheus:v3.5.0" }
  }
  volume = { data = { efs_volume_configuration = { file_system_id = aws_efs_file_system.data.id } } }
}
module "ignoring" {
  source                         = "./service"
  name                           = "grafana"
  cluster_arn                    = "arn:aws:ecs:eu-central-1:111122223333:cluster/monitoring"
  ignore_task_definition_changes = true
  container_definitions          = { grafana = { image = "grafana/grafana:12.0.0" } }
}
