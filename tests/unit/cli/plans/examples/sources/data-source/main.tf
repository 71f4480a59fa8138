data "aws_ecs_task_definition" "deployed" {
  task_definition = "grafana"
}
data "aws_ecs_task_definition" "newest" {
  task_definition = aws_ecs_task_definition.own.family
  depends_on      = [aws_ecs_task_definition.own]
}
resource "aws_ecs_task_definition" "own" {
  family                = "own"
  container_definitions = jsonencode([{ name = "own", image = "app:1", memory = 64 }])
}
resource "aws_ecs_service" "grafana" {
  name            = "grafana"
  task_definition = data.aws_ecs_task_definition.deployed.arn
  desired_count   = 1
}
resource "aws_ecs_service" "newest" {
  name            = "newest"
  task_definition = "${aws_ecs_task_definition.own.family}:${max(aws_ecs_task_definition.own.revision, data.aws_ecs_task_definition.newest.revision)}"
  desired_count   = 1
}
