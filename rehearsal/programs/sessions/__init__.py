"""The far end of ECS Exec: sessions whose commands run on this machine beside the real program."""
