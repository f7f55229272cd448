"""SageMaker: training jobs that run as processes, and what moto lacks of models and the model registry."""
