"""Models as services: what answers over HTTP the same as the command line does."""
