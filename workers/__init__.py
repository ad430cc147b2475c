"""RQ job functions and the worker process: bootstrap, then call ``monitor``; nothing else."""
