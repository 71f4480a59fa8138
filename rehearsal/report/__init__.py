"""What a rehearsal found out: the timeline, the judge's verdict and the summary."""
