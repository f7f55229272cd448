"""SageMaker's deletions of the model registry, which moto does not have, and what it drops of a model."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import EmptyResult
from moto.sagemaker import responses

from emulator.replacements import Replacement

_moto_create_model = responses.SageMakerResponse.create_model


class _SageMakerError(ServiceException):
    """Carries its code: moto looks up that of an exception of its own by the module."""


def _delete_model_package_group(self: Any) -> Any:
    name, backend = self._get_param("ModelPackageGroupName"), self.sagemaker_backend
    group = backend.describe_model_package_group(model_package_group_name=name)
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise _SageMakerError("ConflictException", f"Model Package Group {group.arn} contains Model Packages")
    del backend.model_package_groups[name]
    return EmptyResult()


def _delete_model_package(self: Any) -> Any:
    backend = self.sagemaker_backend
    package = backend.describe_model_package(self._get_param("ModelPackageName"))
    del backend.model_packages[package.arn]
    names = backend.model_package_name_mapping
    for name in [name for name, arn in names.items() if arn == package.arn]:
        del names[name]
    return EmptyResult()


def _create_model(self: Any) -> Any:
    answer = _moto_create_model(self)
    model = self.sagemaker_backend.describe_model(self._get_param("ModelName"))
    model.vpc_config = model.vpc_config or None  # not told where there is none
    model.enable_network_isolation = bool(self._get_param("EnableNetworkIsolation"))
    return answer


_RESPONSE = "moto.sagemaker.responses:SageMakerResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_model", _create_model, "moto drops a model's isolation", "dc3d27d42606"),
    Replacement(f"{_RESPONSE}.delete_model_package_group", _delete_model_package_group, "moto has none"),
    Replacement(f"{_RESPONSE}.delete_model_package", _delete_model_package, "moto has none"),
]
