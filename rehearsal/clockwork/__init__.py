"""Time that runs faster, and who may speak to what listens; below the simulator and the emulator."""
