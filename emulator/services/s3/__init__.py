"""S3: what moto does otherwise than AWS."""
