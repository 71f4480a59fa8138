"""One command in a container, over the websocket of an ECS Exec session."""
