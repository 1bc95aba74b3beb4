"""What a model's folder is, read without any model library, and the checks that judge it for a job."""
