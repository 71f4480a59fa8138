"""The ``unwedge`` console command."""
