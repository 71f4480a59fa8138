resource "terraform_data" "settings" {
  input = { count = 1, maximum = 200, root = "/data" }
}
resource "aws_efs_file_system" "data" {
}
resource "aws_ecr_repository" "app" {
  name = "app"
}
resource "aws_ecs_task_definition" "app" {
  family                = "app"
  container_definitions = jsonencode([{ name = "app", image = "${aws_ecr_repository.app.repository_url}:1", memory = 64 }])
  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id = aws_efs_file_system.data.id
      root_directory = "${terraform_data.settings.output.root}/app"
    }
  }
}
resource "aws_ecs_service" "app" {
  name                       = "app"
  task_definition            = aws_ecs_task_definition.app.arn
  desired_count              = terraform_data.settings.output.count
  deployment_maximum_percent = terraform_data.settings.output.maximum
}
resource "aws_ecs_task_definition" "other" {
  family                = "other"
  container_definitions = jsonencode([{ name = "other", image = "app:1", memory = 64 }])
}
resource "aws_ecs_service" "either" {
  name            = "either"
  task_definition = terraform_data.settings.output.count == 1 ? aws_ecs_task_definition.app.arn : aws_ecs_task_definition.other.arn
  desired_count   = 1
}
