"""AWS::Glue types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _create_database(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    named = {"Name": context.generated_name.lower(), **properties["DatabaseInput"]}
    glue.create_database(**to_input(glue, "create_database", {**properties, "DatabaseInput": named}))
    return str(named["Name"])


def _read_database(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    database = context.client("glue").get_database(Name=name)["Database"]
    found = {"CatalogId": database["CatalogId"], "DatabaseName": name, "DatabaseInput": database}
    return to_properties("AWS::Glue::Database", found)


def _update_database(context: Context, name: str, _old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    named = {**new["DatabaseInput"], "Name": name}
    glue.update_database(**to_input(glue, "update_database", {**new, "Name": name, "DatabaseInput": named}))


def _delete_database(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_database(Name=name)


def _create_table(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    named = {"Name": context.generated_name.lower(), **properties["TableInput"]}
    glue.create_table(**to_input(glue, "create_table", {**properties, "TableInput": named}))
    return str(named["Name"])


def _read_table(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    table = context.client("glue").get_table(DatabaseName=properties["DatabaseName"], Name=name)["Table"]
    found = {"CatalogId": table.get("CatalogId", context.account), "DatabaseName": table["DatabaseName"]}
    return to_properties("AWS::Glue::Table", {**found, "TableInput": table})


def _update_table(context: Context, name: str, _old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    glue.update_table(**to_input(glue, "update_table", {**new, "TableInput": {**new["TableInput"], "Name": name}}))


def _delete_table(context: Context, name: str, properties: Properties) -> None:
    context.client("glue").delete_table(DatabaseName=properties["DatabaseName"], Name=name)


def _create_job(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    named = {"Name": context.generated_name, **properties, "Tags": tags.mapping(properties.get("Tags"))}
    return str(glue.create_job(**to_input(glue, "create_job", named))["Name"])


def _job_arn(context: Context, name: str) -> str:
    return f"arn:aws:glue:{context.region}:{context.account}:job/{name}"


def _read_job(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    glue = context.client("glue")
    job = glue.get_job(JobName=name)["Job"]
    kept = glue.get_tags(ResourceArn=_job_arn(context, name))["Tags"]
    return to_properties("AWS::Glue::Job", {**job, "Tags": kept})


def _update_job(context: Context, name: str, old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    glue.update_job(**to_input(glue, "update_job", {"JobName": name, "JobUpdate": new}))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    glue.tag_resource(ResourceArn=_job_arn(context, name), TagsToAdd=changed)
    glue.untag_resource(ResourceArn=_job_arn(context, name), TagsToRemove=removed)


def _delete_job(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_job(JobName=name)


def _create_security(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    # CloudFormation's S3Encryptions is the API's list S3Encryption.
    configuration = dict(properties["EncryptionConfiguration"])
    if "S3Encryptions" in configuration:
        configuration["S3Encryption"] = configuration.pop("S3Encryptions")
    asked = {"Name": properties["Name"], "EncryptionConfiguration": configuration}
    return str(glue.create_security_configuration(**to_input(glue, "create_security_configuration", asked))["Name"])


def _read_security(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("glue").get_security_configuration(Name=name)["SecurityConfiguration"]
    configuration = found["EncryptionConfiguration"]
    spelled = {**configuration, "S3Encryptions": configuration.get("S3Encryption")}
    spelled.pop("S3Encryption", None)
    return {
        "Name": name,
        **to_properties("AWS::Glue::SecurityConfiguration", {"EncryptionConfiguration": spelled}),
    }


def _delete_security(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_security_configuration(Name=name)


def _password_key(settings: Mapping[str, Any], name: str, other: str) -> Properties:
    """The settings with the key of connection passwords renamed: KmsKeyId here, AwsKmsKeyId in the API."""
    passwords = dict(settings.get("ConnectionPasswordEncryption", {}))
    if name in passwords:
        passwords[other] = passwords.pop(name)
    return {**settings, **({"ConnectionPasswordEncryption": passwords} if passwords else {})}


def _put_catalog_encryption(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    settings = _password_key(properties["DataCatalogEncryptionSettings"], "KmsKeyId", "AwsKmsKeyId")
    asked = {**properties, "DataCatalogEncryptionSettings": settings}
    glue.put_data_catalog_encryption_settings(**to_input(glue, "put_data_catalog_encryption_settings", asked))
    return context.generated_name


def _read_catalog_encryption(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    catalog = properties.get("CatalogId", context.account)
    found = context.client("glue").get_data_catalog_encryption_settings(CatalogId=catalog)
    settings = _password_key(found["DataCatalogEncryptionSettings"], "AwsKmsKeyId", "KmsKeyId")
    if settings.get("EncryptionAtRest", {}).get("CatalogEncryptionMode", "DISABLED") == "DISABLED":
        raise ResourceNotFoundError("The data catalog has no encryption settings.")
    return {
        "CatalogId": catalog,
        **to_properties("AWS::Glue::DataCatalogEncryptionSettings", {"DataCatalogEncryptionSettings": settings}),
    }


def _update_catalog_encryption(context: Context, _physical_id: str, _old: Properties, new: Properties) -> None:
    _put_catalog_encryption(context, new)


def _delete_catalog_encryption(context: Context, _physical_id: str, properties: Properties) -> None:
    """The settings are part of the catalog: deleting them puts back what a new account has."""
    context.client("glue").put_data_catalog_encryption_settings(
        CatalogId=properties.get("CatalogId", context.account),
        DataCatalogEncryptionSettings={
            "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
            "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
        },
    )


_NOT_ENCRYPTED = "data is kept as it is, on this machine"

TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Glue::Database",
        create=_create_database,
        read=_read_database,
        update=_update_database,
        delete=_delete_database,
    ),
    api_type("AWS::Glue::Table", create=_create_table, read=_read_table, update=_update_table, delete=_delete_table),
    api_type(
        "AWS::Glue::Job",
        create=_create_job,
        read=_read_job,
        update=_update_job,
        delete=_delete_job,
        recorded={
            "WorkerType": "a job runs as one local Spark session",
            "NumberOfWorkers": "a job runs as one local Spark session",
            "MaxCapacity": "a job runs as one local Spark session",
            "SecurityConfiguration": _NOT_ENCRYPTED,
            "ExecutionClass": "there is no spare capacity to run on here",
        },
    ),
    api_type(
        "AWS::Glue::SecurityConfiguration",
        create=_create_security,
        read=_read_security,
        delete=_delete_security,
        recorded={"EncryptionConfiguration": _NOT_ENCRYPTED},
    ),
    api_type(
        "AWS::Glue::DataCatalogEncryptionSettings",
        create=_put_catalog_encryption,
        read=_read_catalog_encryption,
        update=_update_catalog_encryption,
        delete=_delete_catalog_encryption,
        recorded={"DataCatalogEncryptionSettings": _NOT_ENCRYPTED},
    ),
)
