"""Which decisions people and programs are told of, in what words, and what was told before."""
