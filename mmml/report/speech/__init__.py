"""How a report speaks: one file for each way in which a task says something of a sample."""
