"""The model registry as SageMaker keeps it: groups, versions that are never numbered twice, approvals, deletions."""

from __future__ import annotations

import itertools
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker import responses

from emulator.replacements import Replacement

_moto_create_model = responses.SageMakerResponse.create_model
_moto_create_group = responses.SageMakerResponse.create_model_package_group
_moto_create_package = responses.SageMakerResponse.create_model_package
# Texts that moto has no place for.
_ALSO_KEPT = {"SourceUri": "source_uri", "SkipModelValidation": "skip_model_validation"}


class _SageMakerError(ServiceException):
    """Carries its code: moto looks up that of an exception of its own by the module."""


def _create_model_package_group(self: Any) -> Any:
    name, groups = self._get_param("ModelPackageGroupName"), self.sagemaker_backend.model_package_groups
    if name in groups:
        raise _SageMakerError("ValidationException", f"Model Package Group already exists: {groups[name].arn}")
    answer = _moto_create_group(self)
    groups[name].numbers = itertools.count(1)
    return answer


def _delete_model_package_group(self: Any) -> Any:
    name, backend = self._get_param("ModelPackageGroupName"), self.sagemaker_backend
    group = backend.describe_model_package_group(model_package_group_name=name)
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise _SageMakerError("ConflictException", f"Model Package Group {group.arn} contains Model Packages")
    del backend.model_package_groups[name]
    return EmptyResult()


def _create_model_package(self: Any) -> Any:
    backend, token = self.sagemaker_backend, self._get_param("ClientToken")
    group = self._get_param("ModelPackageGroupName", "").rpartition("/")[2]
    made = _made_before(backend, group, token)
    if made is None:
        if group:
            # An ARN names the group as well, and what nobody has approved waits for it.
            asked = {"ModelApprovalStatus": "PendingManualApproval", **self.params}
            self.params = asked | {"ModelPackageGroupName": group}
        before = dict(backend.model_packages)
        answer: Any = _moto_create_package(self).result
        made = backend.model_packages.pop(answer["ModelPackageArn"])
        for name, attribute in _ALSO_KEPT.items():
            setattr(made, attribute, self._get_param(name))
        if group:
            # moto counts the versions that are there, and would give a deleted one's number again.
            number = next(backend.model_package_groups[group].numbers)
            made.model_package_version, made.arn = number, f"{made.arn.rpartition('/')[0]}/{number}"
        backend.model_packages |= before | {made.arn: made}
        backend.model_package_name_mapping |= {made.arn: made.arn, made.model_package_name: made.arn}
    return ActionResult({"ModelPackageArn": made.arn})


def _made_before(backend: Any, group: str, token: str | None) -> Any:
    """The version that a request of the same token made."""
    packages = backend.model_packages.values()
    of_group = (package for package in packages if (package.model_package_group_name or "") == group)
    return next((package for package in of_group if token and package.client_token == token), None)


def _describe_model_package(self: Any) -> Any:
    package = self.sagemaker_backend.describe_model_package(self._get_param("ModelPackageName"))
    also = {name: getattr(package, attribute, None) for name, attribute in _ALSO_KEPT.items()}
    return ActionResult(package.gen_response_object() | {name: value for name, value in also.items() if value})


def _update_model_package(self: Any) -> Any:
    package = self.sagemaker_backend.describe_model_package(self._get_param("ModelPackageArn"))
    if status := self._get_param("ModelApprovalStatus"):
        package.set_model_approval_status(status)
    if (description := self._get_param("ApprovalDescription")) is not None:
        package.approval_description = description
    if source := self._get_param("SourceUri"):
        package.source_uri = source
    added = self._get_param("CustomerMetadataProperties") or {}
    removed = self._get_param("CustomerMetadataPropertiesToRemove") or []
    kept = (package.customer_metadata_properties or {}) | added
    package.customer_metadata_properties = {name: text for name, text in kept.items() if name not in removed} or None
    package.add_additional_inference_specifications(self._get_param("AdditionalInferenceSpecificationsToAdd"))
    package.modifications_done()
    return ActionResult({"ModelPackageArn": package.arn})


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
    Replacement(
        f"{_RESPONSE}.create_model_package_group",
        _create_model_package_group,
        "moto makes a group anew that is there",
        "ddcd7f58fbbd",
    ),
    Replacement(f"{_RESPONSE}.delete_model_package_group", _delete_model_package_group, "moto has none"),
    Replacement(
        f"{_RESPONSE}.create_model_package",
        _create_model_package,
        "moto knows no client tokens, gives the number of a deleted version again, and drops the source",
        "2d9d7b2e1409",
    ),
    Replacement(
        f"{_RESPONSE}.describe_model_package", _describe_model_package, "moto drops the source", "55ef534de03f"
    ),
    Replacement(
        f"{_RESPONSE}.update_model_package",
        _update_model_package,
        "moto forgets the metadata and the reason that an update does not name",
        "19884a1bfd20",
    ),
    Replacement(f"{_RESPONSE}.delete_model_package", _delete_model_package, "moto has none"),
]
