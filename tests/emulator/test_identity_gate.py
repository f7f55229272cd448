"""The gate: who is let in, and what they may do, through real clients and hand-made requests."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import urllib.error
import urllib.request
from typing import Any
from xml.etree import ElementTree as ET

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from moto.sts.models import sts_backends

from emulator import clients, settings
from emulator.identity import credentials
from emulator.settings import Settings

ROOT = Credentials(Settings.access_key, Settings.secret_key)
BUCKET = "guarded-bucket"
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture(scope="module", autouse=True)
def running(emulator: Settings) -> None:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for key in ("train/a", "test/a", "train/b c+ü~", "copy/me"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"content")


def client(service: str, who: Credentials, **config: Any) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=settings.current().endpoint,
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
        aws_session_token=who.token,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **config),
    )


def trusting(principal: dict[str, str], **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(name: str, *statements: dict[str, Any], trust: str = "", **settings: Any) -> str:
    iam = clients.client("iam")
    document = trust or trusting({"Service": "lambda.amazonaws.com"})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **settings)["Role"]["Arn"]
    if statements:
        put(name, *statements)
    return arn


def put(name: str, *statements: dict[str, Any]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    clients.client("iam").put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)


def session(role_arn: str) -> Credentials:
    made = credentials.for_role(role_arn, "session", "lambda.amazonaws.com")
    return Credentials(made.access_key_id, made.secret_access_key, made.session_token)


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as found:
        call(**arguments)
    error = found.value.response["Error"]
    return error["Code"], error.get("Message", "")


def send(request: AWSRequest, body: bytes | None = None) -> tuple[int, bytes]:
    made = urllib.request.Request(
        request.url, body if body is not None else request.data, dict(request.headers), method=request.method
    )
    try:
        with urllib.request.urlopen(made) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def s3_code(answer: tuple[int, bytes]) -> tuple[int, str | None]:
    return answer[0], ET.fromstring(answer[1]).findtext("Code")  # noqa: S314 (our own server)


# Authentication


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "unknown", "mismatch"),
    [
        ("s3", "list_buckets", {}, "InvalidAccessKeyId", "SignatureDoesNotMatch"),
        ("iam", "list_roles", {}, "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("glue", "get_databases", {}, "UnrecognizedClientException", "InvalidSignatureException"),
        ("lambda", "list_functions", {}, "UnrecognizedClientException", "InvalidSignatureException"),
        ("ec2", "describe_vpcs", {}, "AuthFailure", "AuthFailure"),
    ],
)
def test_unknown_keys_and_wrong_secrets_are_refused_in_each_services_words(
    service: str, operation: str, arguments: Any, unknown: str, mismatch: str
) -> None:
    nobody, wrong = Credentials("AKIANOBODY", "x"), Credentials(ROOT.access_key, "wrong")
    assert refused(getattr(client(service, nobody), operation), **arguments)[0] == unknown
    assert refused(getattr(client(service, wrong), operation), **arguments)[0] == mismatch
    assert getattr(client(service, ROOT), operation)(**arguments)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_users_keys_of_iam_are_known_until_they_are_inactive() -> None:
    iam = clients.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert client("sts", ann).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/ann"
    message = (
        'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: s3:ListAllMyBuckets on resource: "*"'
    )
    assert refused(client("s3", ann).list_buckets)[1].startswith(message)
    iam.update_access_key(UserName="ann", AccessKeyId=ann.access_key, Status="Inactive")
    assert refused(client("sts", ann).get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_session_needs_its_own_token_and_ends() -> None:
    who = session(make_role("with_token", allow("s3:*", "*")))
    assert client("s3", who).list_buckets()["Buckets"]
    for token in (None, "other"):
        bad = Credentials(who.access_key, who.secret_key, token)
        assert refused(client("s3", bad).list_buckets)[0] == "InvalidToken"
        assert refused(client("sts", bad).get_caller_identity)[0] == "InvalidClientTokenId"
    sessions = sts_backends["123456789012"]["aws"].assumed_roles
    made = next(each for each in sessions if each.access_key_id == who.access_key)
    made.expiration -= dt.timedelta(hours=2)
    assert refused(client("s3", who).list_buckets)[0] == "ExpiredToken"
    assert refused(client("glue", who).get_databases)[0] == "ExpiredTokenException"


def test_the_sessions_of_a_deleted_role_end_with_it() -> None:
    who = session(make_role("short_lived"))
    clients.client("iam").delete_role(RoleName="short_lived")
    assert refused(client("sts", who).get_caller_identity)[0] == "InvalidClientTokenId"


def test_unsigned_requests_are_refused() -> None:
    assert s3_code(send(AWSRequest("GET", f"{settings.current().endpoint}/{BUCKET}/train/a"))) == (403, "AccessDenied")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = send(
        AWSRequest("POST", settings.current().endpoint, headers=form, data=b"Action=ListRoles&Version=2010-05-08")
    )
    assert status == 403
    assert b"MissingAuthenticationToken" in body
    target = {"X-Amz-Target": "AWSGlue.GetDatabases", "Content-Type": "application/x-amz-json-1.1"}
    status, body = send(AWSRequest("POST", settings.current().endpoint, headers=target, data=b"{}"))
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")
    assert send(AWSRequest("GET", f"{settings.current().endpoint}/moto-api/config"))[0] == 403
    assert send(AWSRequest("GET", f"{settings.current().endpoint}/_emulator/health")) == (200, b'{"status":"running"}')


def test_motos_own_interface_is_the_root_users() -> None:
    who = session(make_role("curious", allow("*", "*")))
    for signer, status in ((ROOT, 201), (who, 403)):
        request = AWSRequest("GET", f"{settings.current().endpoint}/moto-api/config")
        SigV4Auth(signer, "moto", "us-east-1").add_auth(request)
        assert send(request)[0] == status


def test_a_body_other_than_the_one_signed_is_refused() -> None:
    request = AWSRequest("PUT", f"{settings.current().endpoint}/{BUCKET}/altered", data=b"signed")
    S3SigV4Auth(ROOT, "s3", "us-east-1").add_auth(request)
    assert s3_code(send(request, b"sent")) == (400, "XAmzContentSHA256Mismatch")
    assert send(request)[0] == 200
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest(
        "POST", f"{settings.current().endpoint}/", headers=form, data="Action=ListRoles&Version=2010-05-08"
    )
    SigV4Auth(ROOT, "iam", "us-east-1").add_auth(request)
    assert send(request, b"Action=ListUsers&Version=2010-05-08")[0] == 403
    assert send(request, b"Action=ListRoles&Version=2010-05-08")[0] == 200


def test_an_altered_path_query_or_header_is_refused() -> None:
    for alter in ("/train/a?x=1", "/train/b"):
        request = AWSRequest("GET", f"{settings.current().endpoint}/{BUCKET}/train/a")
        S3SigV4Auth(ROOT, "s3", "us-east-1").add_auth(request)
        request.url = f"{settings.current().endpoint}/{BUCKET}{alter}"
        assert s3_code(send(request)) == (403, "SignatureDoesNotMatch")
    request = AWSRequest("PUT", f"{settings.current().endpoint}/{BUCKET}/h", headers={"x-amz-meta-a": "1"}, data=b"")
    S3SigV4Auth(ROOT, "s3", "us-east-1").add_auth(request)
    request.headers.replace_header("x-amz-meta-a", "2")
    assert s3_code(send(request)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_request_from_another_time_is_refused(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))
    assert refused(client("s3", ROOT).list_buckets)[0] == "RequestTimeTooSkewed"
    code, message = refused(client("iam", ROOT).list_roles)
    assert code == "SignatureDoesNotMatch"
    assert "Signature expired" in message


def test_presigned_addresses_work_until_they_expire_or_change(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = client("s3", ROOT, signature_version="s3v4")
    key = {"Bucket": BUCKET, "Key": "train/b c+ü~"}
    url = s3.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
    assert send(AWSRequest("GET", url)) == (200, b"content")
    assert s3_code(send(AWSRequest("GET", url.replace("train", "test")))) == (403, "SignatureDoesNotMatch")
    assert s3_code(send(AWSRequest("PUT", url, data=b"x"))) == (403, "SignatureDoesNotMatch")
    upload = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "up"}, ExpiresIn=60)
    assert send(AWSRequest("PUT", upload, headers={"Content-Type": "text/plain"}, data=b"uploaded"))[0] == 200
    assert clients.client("s3").get_object(Bucket=BUCKET, Key="up")["Body"].read() == b"uploaded"
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=61)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: earlier.replace(tzinfo=None))
    late = s3.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
    status, body = send(AWSRequest("GET", late))
    assert (status, b"Request has expired" in body) == (403, True)


def test_signatures_of_the_second_version_are_not_supported() -> None:
    url = client("s3", ROOT, signature_version="s3").generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "train/a"}
    )
    assert s3_code(send(AWSRequest("GET", url))) == (400, "InvalidRequest")


@pytest.mark.parametrize("key", ["a b/c+d", "ü/~*'()!", "double//slash", "../dots/./x", "percent%20", "semi;colon=&?"])
def test_keys_with_any_character_can_be_signed(key: str) -> None:
    s3 = client("s3", ROOT)
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), Metadata={"under_score": "1"})
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    assert key in [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix=key[:3])["Contents"]]


def chunked(secret: str, pieces: list[bytes], altered: bytes | None = None) -> tuple[AWSRequest, bytes]:
    """An upload whose chunks are signed one by one, as the SDK for Java sends it; `altered` replaces the first."""
    headers = {
        "X-Amz-Content-Sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": str(sum(map(len, pieces))),
        "Content-Encoding": "aws-chunked",
        "Content-Type": "application/octet-stream",
    }
    request = AWSRequest("PUT", f"{settings.current().endpoint}/{BUCKET}/chunked", headers=headers)
    signer = S3SigV4Auth(Credentials(ROOT.access_key, secret), "s3", "us-east-1")
    signer.payload = lambda _: headers["X-Amz-Content-Sha256"]
    signer.add_auth(request)
    request.headers.replace_header("X-Amz-Content-Sha256", headers["X-Amz-Content-Sha256"])
    previous = request.headers["Authorization"].rpartition("Signature=")[2]
    nothing = hashlib.sha256(b"").hexdigest()
    scope = signer.credential_scope(request)
    body = b""
    for piece in [*pieces, b""]:
        lines = ("AWS4-HMAC-SHA256-PAYLOAD", request.context["timestamp"], scope, previous, nothing)
        to_sign = "\n".join((*lines, hashlib.sha256(piece).hexdigest()))
        previous = signer.signature(to_sign, request)
        sent = altered if altered is not None and piece == pieces[0] else piece
        body += f"{len(sent):x};chunk-signature={previous}\r\n".encode() + sent + b"\r\n"
    return request, body


def test_each_chunk_of_a_signed_stream_is_verified() -> None:
    pieces = [b"a" * 70_000, b"b" * 10]
    assert send(*chunked(ROOT.secret_key, pieces))[0] == 200
    assert clients.client("s3").get_object(Bucket=BUCKET, Key="chunked")["Body"].read() == b"".join(pieces)
    assert s3_code(send(*chunked("wrong", pieces))) == (403, "SignatureDoesNotMatch")
    assert s3_code(send(*chunked(ROOT.secret_key, pieces, altered=b"x" * 70_000))) == (403, "SignatureDoesNotMatch")
    request, body = chunked(ROOT.secret_key, pieces)
    assert s3_code(send(request, body[:50_000])) == (400, "XAmzContentSHA256Mismatch")


# Authorization


def test_a_role_reads_only_its_prefix() -> None:
    own = allow("s3:GetObject", f"{ARN}/train/*")
    listing = allow("s3:ListBucket", ARN, Condition={"StringLike": {"s3:prefix": ["train/*"]}})
    s3 = client("s3", session(make_role("reads_train", own, listing)))
    me = "User: arn:aws:sts::123456789012:assumed-role/reads_train/session is not authorized to perform: "
    assert s3.get_object(Bucket=BUCKET, Key="train/a")["Body"].read() == b"content"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="train/a")["Contents"]] == ["train/a"]
    assert refused(s3.get_object, Bucket=BUCKET, Key="test/a") == (
        "AccessDenied",
        f'{me}s3:GetObject on resource: "{ARN}/test/a" because no identity-based policy allows the s3:GetObject action',
    )
    for arguments in ({"Prefix": "test/"}, {}):
        code, message = refused(s3.list_objects_v2, Bucket=BUCKET, **arguments)
        assert (code, message.startswith(f'{me}s3:ListBucket on resource: "{ARN}" ')) == ("AccessDenied", True)
    assert refused(s3.head_object, Bucket=BUCKET, Key="test/a")[0] == "403"
    assert refused(s3.put_object, Bucket=BUCKET, Key="train/new", Body=b"")[0] == "AccessDenied"
    # Who may not list is not told that an object is missing.
    assert refused(s3.get_object, Bucket=BUCKET, Key="train/missing")[0] == "AccessDenied"
    put("reads_train", own, allow("s3:ListBucket", ARN))
    assert refused(s3.get_object, Bucket=BUCKET, Key="train/missing")[0] == "NoSuchKey"


def test_each_kind_of_s3_request_needs_its_own_permission() -> None:
    role = make_role("narrow")
    s3 = client("s3", session(role))
    root = clients.client("s3")
    upload = root.create_multipart_upload(Bucket=BUCKET, Key="train/big")["UploadId"]
    here, key = {"Bucket": BUCKET}, {"Bucket": BUCKET, "Key": "train/a"}
    part = {"Bucket": BUCKET, "Key": "train/big", "UploadId": upload}
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("s3:GetBucketLocation", "get_bucket_location", here),
        ("s3:GetBucketVersioning", "get_bucket_versioning", here),
        ("s3:ListBucketVersions", "list_object_versions", here),
        ("s3:ListBucketMultipartUploads", "list_multipart_uploads", here),
        (
            "s3:PutBucketVersioning",
            "put_bucket_versioning",
            {**here, "VersioningConfiguration": {"Status": "Suspended"}},
        ),
        ("s3:PutLifecycleConfiguration", "delete_bucket_lifecycle", here),
        ("s3:DeleteBucketPolicy", "delete_bucket_policy", here),
        ("s3:GetObjectTagging", "get_object_tagging", key),
        ("s3:GetObjectAcl", "get_object_acl", key),
        ("s3:PutObjectTagging", "put_object_tagging", {**key, "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}),
        ("s3:PutObject", "upload_part", {**part, "PartNumber": 1, "Body": b"x"}),
        ("s3:ListMultipartUploadParts", "list_parts", part),
        ("s3:AbortMultipartUpload", "abort_multipart_upload", part),
        ("s3:DeleteObjectTagging", "delete_object_tagging", key),
    ]
    for action, operation, arguments in cases:
        put("narrow", {"Effect": "Allow", "NotAction": action, "Resource": "*"})
        code, message = refused(getattr(s3, operation), **arguments)
        assert (code, f"to perform: {action} on" in message) == ("AccessDenied", True), operation
        put("narrow", allow([action, "s3:ListBucket"], [ARN, f"{ARN}/*"]))
        getattr(s3, operation)(**arguments)


def test_a_version_needs_the_permission_for_versions() -> None:
    root = clients.client("s3")
    root.create_bucket(Bucket="versioned-bucket")
    root.put_bucket_versioning(Bucket="versioned-bucket", VersioningConfiguration={"Status": "Enabled"})
    version = root.put_object(Bucket="versioned-bucket", Key="k", Body=b"1")["VersionId"]
    s3 = client("s3", session(make_role("current_only", allow("s3:GetObject", "arn:aws:s3:::versioned-bucket/*"))))
    assert s3.get_object(Bucket="versioned-bucket", Key="k")["Body"].read() == b"1"
    assert "s3:GetObjectVersion" in refused(s3.get_object, Bucket="versioned-bucket", Key="k", VersionId=version)[1]


def test_a_copy_needs_to_read_its_source() -> None:
    copies = make_role("copies", allow("s3:PutObject", f"{ARN}/copy/*"))
    s3 = client("s3", session(copies))
    source = {"Bucket": BUCKET, "Key": "train/a"}
    code, message = refused(s3.copy_object, Bucket=BUCKET, Key="copy/made", CopySource=source)
    assert (code, f's3:GetObject on resource: "{ARN}/train/a"' in message) == ("AccessDenied", True)
    put("copies", allow("s3:PutObject", f"{ARN}/copy/*"), allow("s3:GetObject", f"{ARN}/train/*"))
    s3.copy_object(Bucket=BUCKET, Key="copy/made", CopySource=source)
    assert clients.client("s3").get_object(Bucket=BUCKET, Key="copy/made")["Body"].read() == b"content"


def test_each_object_of_a_deletion_is_decided_alone() -> None:
    root = clients.client("s3")
    for key in ("mine/1", "theirs/1"):
        root.put_object(Bucket=BUCKET, Key=key, Body=b"")
    s3 = client("s3", session(make_role("deletes", allow("s3:DeleteObject", f"{ARN}/mine/*"))))
    objects = [{"Key": "mine/1"}, {"Key": "theirs/1"}]
    found = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
    assert [each["Key"] for each in found["Deleted"]] == ["mine/1"]
    assert [(each["Key"], each["Code"]) for each in found["Errors"]] == [("theirs/1", "AccessDenied")]
    assert root.head_object(Bucket=BUCKET, Key="theirs/1")["ContentLength"] == 0


def test_bucket_policies_bind_everybody() -> None:
    root = clients.client("s3")
    root.create_bucket(Bucket="strict-bucket")
    arn = "arn:aws:s3:::strict-bucket"
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    unencrypted = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    reader = make_role("reader")
    statements = [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": plain},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"{arn}/*",
            "Condition": unencrypted,
        },
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{arn}/secret/*"},
        {"Effect": "Allow", "Principal": {"AWS": reader}, "Action": "s3:GetObject", "Resource": f"{arn}/*"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{arn}/public/*"},
    ]
    root.put_bucket_policy(
        Bucket="strict-bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    message = refused(root.put_object, Bucket="strict-bucket", Key="a", Body=b"")[1]
    assert message.endswith("with an explicit deny in a resource-based policy")
    for key in ("a", "secret/a", "public/a"):
        root.put_object(Bucket="strict-bucket", Key=key, Body=b"1", ServerSideEncryption="aws:kms")
    # Granted by the bucket alone, and denied to a role that may do everything.
    s3 = client("s3", session(reader))
    assert s3.get_object(Bucket="strict-bucket", Key="a")["Body"].read() == b"1"
    put("reader", allow("*", "*"))
    assert refused(s3.get_object, Bucket="strict-bucket", Key="secret/a")[0] == "AccessDenied"
    assert send(AWSRequest("GET", f"{settings.current().endpoint}/strict-bucket/public/a")) == (200, b"1")
    assert send(AWSRequest("GET", f"{settings.current().endpoint}/strict-bucket/a"))[0] == 403


def test_permission_boundaries_and_session_policies_limit_a_role() -> None:
    limit = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:Get*", "*")]})
    boundary = clients.client("iam").create_policy(PolicyName="limit", PolicyDocument=limit)["Policy"]["Arn"]
    bounded = make_role("bounded", allow("s3:*", "*"), PermissionsBoundary=boundary)
    s3 = client("s3", session(bounded))
    assert s3.get_object(Bucket=BUCKET, Key="train/a")["Body"].read() == b"content"
    assert "no permissions boundary allows" in refused(s3.put_object, Bucket=BUCKET, Key="x", Body=b"")[1]
    free = make_role("free", allow("s3:*", "*"), trust=trusting({"AWS": "123456789012"}))
    made = clients.client("sts").assume_role(RoleArn=free, RoleSessionName="limited", Policy=limit)["Credentials"]
    s3 = client("s3", Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]))
    assert s3.get_object(Bucket=BUCKET, Key="train/a")["Body"].read() == b"content"
    assert "no session policy allows" in refused(s3.put_object, Bucket=BUCKET, Key="x", Body=b"")[1]


def test_attached_policies_count_in_their_default_version_and_awss_own_too() -> None:
    iam = clients.client("iam")
    make_role("attached")
    s3 = client("s3", session("arn:aws:iam::123456789012:role/attached"))
    iam.attach_role_policy(RoleName="attached", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert s3.get_object(Bucket=BUCKET, Key="train/a")["Body"].read() == b"content"
    iam.detach_role_policy(RoleName="attached", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert refused(s3.get_object, Bucket=BUCKET, Key="train/a")[0] == "AccessDenied"
    first, second = (
        json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject", f"{ARN}/{prefix}/*")]})
        for prefix in ("train", "test")
    )
    arn = iam.create_policy(PolicyName="versions", PolicyDocument=first)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="attached", PolicyArn=arn)
    assert s3.get_object(Bucket=BUCKET, Key="train/a")["Body"].read() == b"content"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=second, SetAsDefault=True)
    assert refused(s3.get_object, Bucket=BUCKET, Key="train/a")[0] == "AccessDenied"
    assert s3.get_object(Bucket=BUCKET, Key="test/a")["Body"].read() == b"content"


def test_the_other_services_are_asked_with_their_resources() -> None:
    here = "us-east-1:123456789012"
    glue_table = [f"arn:aws:glue:{here}:{part}" for part in ("catalog", "database/d", "table/d/t*")]
    role = make_role(
        "works", allow("glue:GetTable", glue_table), allow("ssm:GetParameter", f"arn:aws:ssm:{here}:parameter/a/*")
    )
    who = session(role)
    glue, ssm = client("glue", who), client("ssm", who)
    assert refused(glue.get_table, DatabaseName="d", Name="t1")[0] == "EntityNotFoundException"
    assert refused(glue.get_table, DatabaseName="d", Name="u") == (
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/works/session is not authorized to perform: glue:GetTable on "
        f"resource: arn:aws:glue:{here}:table/d/u because no identity-based policy allows the glue:GetTable action",
    )
    assert refused(ssm.get_parameter, Name="/a/b")[0] == "ParameterNotFound"
    assert refused(ssm.get_parameter, Name="/b/b")[0] == "AccessDeniedException"
    functions = client("lambda", who)
    assert (
        f"lambda:InvokeFunction on resource: arn:aws:lambda:{here}:function:f"
        in refused(functions.invoke, FunctionName="f")[1]
    )
    assert (
        "emr-serverless:StartJobRun on resource: arn:aws:emr-serverless:us-east-1:123456789012:/applications/app"
        in refused(
            client("emr-serverless", who).start_job_run,
            applicationId="app",
            executionRoleArn="arn:aws:iam::123456789012:role/x",
        )[1]
    )


def test_handing_a_role_to_a_service_needs_permission_to_pass_it() -> None:
    passed = make_role("passed")
    create = allow("logs:PutSubscriptionFilter", "*"), allow("glue:CreateJob", "*")
    role = make_role("creates", *create)
    glue = client("glue", session(role))
    job = {"Name": "j", "Role": passed, "Command": {"Name": "glueetl", "ScriptLocation": "s3://x/y"}}
    assert f"iam:PassRole on resource: {passed}" in refused(glue.create_job, **job)[1]
    for_service = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    put("creates", *create, allow("iam:PassRole", passed, Condition=for_service))
    assert "iam:PassRole" in refused(glue.create_job, **job)[1]
    for_service = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    put("creates", *create, allow("iam:PassRole", passed, Condition=for_service))
    assert glue.create_job(**job)["Name"] == "j"


def test_a_role_is_assumed_only_by_whom_it_trusts() -> None:
    caller = make_role("caller", allow("sts:AssumeRole", "*"))
    who = client("sts", session(caller))
    me = "arn:aws:sts::123456789012:assumed-role/caller/session"
    trusted = make_role("trusts_caller", trust=trusting({"AWS": caller}))
    assert who.assume_role(RoleArn=trusted, RoleSessionName="again")["AssumedRoleUser"]["Arn"].endswith(
        "trusts_caller/again"
    )
    services_only = make_role("trusts_lambda")
    for arn in (services_only, "arn:aws:iam::123456789012:role/none"):
        assert refused(who.assume_role, RoleArn=arn, RoleSessionName="again") == (
            "AccessDenied",
            f"User: {me} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )
    assert (
        refused(clients.client("sts").assume_role, RoleArn=services_only, RoleSessionName="again")[0] == "AccessDenied"
    )
    secret = {"Condition": {"StringEquals": {"sts:ExternalId": "xyz"}}}
    external = make_role("trusts_external", trust=trusting({"AWS": caller}, **secret))
    assert refused(who.assume_role, RoleArn=external, RoleSessionName="again")[0] == "AccessDenied"
    assert who.assume_role(RoleArn=external, RoleSessionName="again", ExternalId="xyz")["Credentials"]
    # Trust in the account leaves it to the account's policies.
    account = make_role("trusts_account", trust=trusting({"AWS": "123456789012"}))
    assert who.assume_role(RoleArn=account, RoleSessionName="again")["Credentials"]
    put("caller", allow("s3:*", "*"))
    assert refused(who.assume_role, RoleArn=account, RoleSessionName="again")[0] == "AccessDenied"
    assert clients.client("sts").assume_role(RoleArn=account, RoleSessionName="again")["Credentials"]


def test_a_keys_policy_decides_over_the_key() -> None:
    user = make_role("key_user", allow("kms:*", "*"))
    kms = client("kms", session(user))
    delegates = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    root_only = {**delegates, "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:root"}}}
    for statement, allowed in ((delegates, True), (root_only, False)):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        key = clients.client("kms").create_key(Policy=document)["KeyMetadata"]["KeyId"]
        if allowed:
            assert kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        else:
            assert "no resource-based policy allows" in refused(kms.encrypt, KeyId=key, Plaintext=b"x")[1]


def assumed(role: str, **arguments: Any) -> Credentials:
    made = clients.client("sts").assume_role(RoleArn=role, RoleSessionName="limited", **arguments)["Credentials"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def test_a_sessions_managed_policies_limit_it_and_its_tags_are_its_own() -> None:
    trust = json.loads(trusting({"AWS": "123456789012"}))
    trust["Statement"].append({**trust["Statement"][0], "Action": ["sts:TagSession", "sts:SetSourceIdentity"]})
    own = allow("s3:GetObject", f"{ARN}/${{aws:PrincipalTag/area}}/*")
    role = make_role("tagged", own, trust=json.dumps(trust), Tags=[{"Key": "area", "Value": "test"}])
    s3 = client("s3", assumed(role))
    assert s3.get_object(Bucket=BUCKET, Key="test/a")["Body"].read() == b"content"
    assert refused(s3.get_object, Bucket=BUCKET, Key="train/a")[0] == "AccessDenied"
    s3 = client("s3", assumed(role, Tags=[{"Key": "area", "Value": "train"}], SourceIdentity="ann"))
    assert s3.get_object(Bucket=BUCKET, Key="train/a")["Body"].read() == b"content"
    assert refused(s3.get_object, Bucket=BUCKET, Key="test/a")[0] == "AccessDenied"
    limit = [{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}]
    s3 = client("s3", assumed(role, PolicyArns=limit))
    assert "no session policy allows" in refused(s3.get_object, Bucket=BUCKET, Key="test/a")[1]


def test_a_resources_policy_that_names_the_session_is_limited_by_nothing_but_denials() -> None:
    root = clients.client("s3")
    root.create_bucket(Bucket="session-bucket")
    root.put_object(Bucket="session-bucket", Key="a", Body=b"1")
    role = make_role("limited_role", trust=trusting({"AWS": "123456789012"}))
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [allow("iam:ListRoles", "*")]})
    s3 = client("s3", assumed(role, Policy=nothing))
    for principal, allowed in ((role, False), ("arn:aws:sts::123456789012:assumed-role/limited_role/limited", True)):
        statement = {**allow("s3:GetObject", "arn:aws:s3:::session-bucket/*"), "Principal": {"AWS": principal}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        root.put_bucket_policy(Bucket="session-bucket", Policy=document)
        if allowed:
            assert s3.get_object(Bucket="session-bucket", Key="a")["Body"].read() == b"1"
        else:
            assert "no session policy allows" in refused(s3.get_object, Bucket="session-bucket", Key="a")[1]


def test_the_root_user_is_told_which_statement_allowed_which_call() -> None:
    own, idle = allow("s3:GetObject", f"{ARN}/train/*"), allow("s3:PutObject", "*")
    who = session(make_role("recorded", own, idle))
    s3 = client("s3", who)
    for _ in range(3):
        s3.get_object(Bucket=BUCKET, Key="train/a")
    assert refused(s3.get_object, Bucket=BUCKET, Key="test/a")[0] == "AccessDenied"
    request = AWSRequest("GET", f"{settings.current().endpoint}/_emulator/permissions")
    SigV4Auth(ROOT, "emulator", "us-east-1").add_auth(request)
    status, body = send(request)
    assert status == 200
    assert [entry for entry in json.loads(body) if entry["principal"].endswith(":role/recorded")] == [
        {
            "principal": "arn:aws:iam::123456789012:role/recorded",
            "policy": "inline",
            "statement": own,
            "calls": 3,
            "requests": [{"action": "s3:GetObject", "resource": f"{ARN}/train/a", "calls": 3}],
        }
    ]
    request = AWSRequest("GET", f"{settings.current().endpoint}/_emulator/permissions")
    SigV4Auth(who, "emulator", "us-east-1").add_auth(request)
    assert send(request)[0] == 403
    assert send(AWSRequest("GET", f"{settings.current().endpoint}/_emulator/permissions"))[0] == 403
