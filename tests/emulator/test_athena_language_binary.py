# ruff: noqa: E501 (a case is read on one line)
"""Binary values: values worked out from Trino's documentation and its rules."""

from tests.emulator.athena_language import cases, evaluated

CASES = r"""
X'65683F' => 65 68 3f
to_hex(X'00ff') => 00FF
from_hex('00ff') => 00 ff
to_base64(to_utf8('hello world')) => aGVsbG8gd29ybGQ=
from_base64('aGVsbG8=') => 68 65 6c 6c 6f
to_base64url(X'fbff') => -_8=
from_base64url('-_8=') => fb ff
to_base32(to_utf8('foobar')) => MZXW6YTBOI======
from_base32('MZXW6===') => 66 6f 6f
to_big_endian_64(1) => 00 00 00 00 00 00 00 01
from_big_endian_64(X'0000000000000001') => 1
from_big_endian_64(to_big_endian_64(-5)) => -5
to_big_endian_32(258) => 00 00 01 02
from_big_endian_32(X'00000102') => 258
to_ieee754_32(REAL '1.0') => 3f 80 00 00
from_ieee754_32(X'3F800000') => 1.0
to_ieee754_64(1.0) => 3f f0 00 00 00 00 00 00
from_ieee754_64(X'3FF0000000000000') => 1.0
crc32(to_utf8('hello')) => 907060870
to_hex(md5(to_utf8('hello'))) => 5D41402ABC4B2A76B9719D911017C592
to_hex(sha1(to_utf8('hello'))) => AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D
to_hex(sha256(to_utf8(''))) => E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855
length(sha512(to_utf8('a'))) => 64
to_hex(xxhash64(to_utf8(''))) => EF46DB3751D8E999
to_hex(xxhash64(to_utf8('a'))) => D24EC4F1A98C6E5B
to_hex(murmur3(to_utf8(''))) => 00000000000000000000000000000000
to_hex(hmac_md5(to_utf8('what do ya want for nothing?'), to_utf8('Jefe'))) => 750C783E6AB0B503EAA86E310A5DB738
to_hex(hmac_sha1(to_utf8('what do ya want for nothing?'), to_utf8('Jefe'))) => EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79
to_hex(hmac_sha256(to_utf8('what do ya want for nothing?'), to_utf8('Jefe'))) => 5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843
length(hmac_sha512(to_utf8('a'), to_utf8('k'))) => 64
length(X'0102') => 2
substr(X'010203', 2) => 02 03
substr(X'010203', 2, 1) => 02
lpad(X'01', 3, X'00') => 00 00 01
rpad(X'01', 3, X'00') => 01 00 00
reverse(X'0102') => 02 01
X'01' || X'02' => 01 02
concat(X'01', X'02', X'03') => 01 02 03
X'01' = X'01' => true
X'01' < X'02' => true
CAST('ab' AS varbinary) => 61 62
typeof(X'00') => varbinary
"""


def test_each_expression_has_the_value_that_trino_gives() -> None:
    assert evaluated(CASES) == cases(CASES)
