"""The table over CloudTrail's files, and the questions that an auditor asks first.

The columns are those that CloudTrail's user guide gives its records.
"""

from __future__ import annotations

from crispstack.data_understanding.named_queries import NamedQuery
from crispstack.data_understanding.raw_table import identifier, literal

TABLE, DAY = "events", "day"
QUERIES = "audit"
"""What the names of the queries begin with, as others do with their project's."""

_ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>"
_SESSION = f"struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:{_ISSUER}>"
_IDENTITY = (
    "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
    f"username:string,sessioncontext:{_SESSION}>"
)
COLUMNS = {
    "eventversion": "string",
    "useridentity": _IDENTITY,
    "eventtime": "string",
    "eventsource": "string",
    "eventname": "string",
    "awsregion": "string",
    "sourceipaddress": "string",
    "useragent": "string",
    "errorcode": "string",
    "errormessage": "string",
    "requestparameters": "string",
    "responseelements": "string",
    "additionaleventdata": "string",
    "requestid": "string",
    "eventid": "string",
    "readonly": "string",
    "resources": "array<struct<arn:string,accountid:string,type:string>>",
    "eventtype": "string",
    "managementevent": "string",
    "eventcategory": "string",
    "recipientaccountid": "string",
}
# "role/session", "user/name" or "root"; a service that acted by itself.
_WHO = r"coalesce(regexp_replace(useridentity.arn, '^.*::\d+:(assumed-role/)?'), useridentity.invokedby)"
_WEEK = f"{DAY} >= date_format(current_date - INTERVAL '7' DAY, '%Y/%m/%d')"
_DENIED = "(errorcode LIKE 'AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation')"


def database(environment: str) -> str:
    """Name of the database that holds the table: another than the projects', so that who reads them reads no trail."""
    return f"crispstack_{environment}_audit"


def queries(environment: str, raw_bucket: str) -> tuple[NamedQuery, ...]:
    """Of the last seven days, the most frequent first.

    Args:
        environment: whose trail it is.
        raw_bucket: name of the bucket whose readers are asked for.
    """
    return (
        _query(
            environment,
            "who-read-raw-data",
            "Who read raw data, how often and when last?",
            {"who": _WHO, "prefix": "split_part(json_extract_scalar(requestparameters, '$.key'), '/', 1)"},
            "eventsource = 's3.amazonaws.com' AND eventname = 'GetObject' AND errorcode IS NULL "
            f"AND json_extract_scalar(requestparameters, '$.bucketName') = {literal(raw_bucket)}",
        ),
        _query(
            environment,
            "who-invoked-what",
            "Who invoked which function, how often and when last?",
            {"who": _WHO, "function": "element_at(split(element_at(resources, 1).arn, ':'), 7)"},
            "eventsource = 'lambda.amazonaws.com' AND eventname = 'Invoke' AND errorcode IS NULL",
        ),
        _query(
            environment,
            "who-changed-what",
            "Who changed which resources, how often and when last?",
            {"who": _WHO, "service": "eventsource", "action": "eventname"},
            "readonly = 'false' AND eventcategory = 'Management' AND errorcode IS NULL",
        ),
        _query(
            environment,
            "denied-calls",
            "Who was denied what, how often and when last?",
            {"who": _WHO, "service": "eventsource", "action": "eventname", "message": "errormessage"},
            _DENIED,
        ),
    )


def _query(environment: str, name: str, question: str, groups: dict[str, str], where: str) -> NamedQuery:
    selected = ", ".join(f"{sql} AS {alias}" for alias, sql in groups.items())
    places = ", ".join(str(place) for place in range(1, len(groups) + 1))
    sql = f"""\
SELECT {selected}, count(*) AS calls, max(eventtime) AS latest
FROM {identifier(database(environment))}.{identifier(TABLE)}
WHERE {_WEEK} AND {where}
GROUP BY {places}
ORDER BY calls DESC, latest DESC"""  # noqa: S608 (quoted)
    return NamedQuery(name, question, sql)
