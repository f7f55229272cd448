"""Text, regular expressions and URLs: values worked out from Trino's documentation and its rules."""

from tests.emulator.athena_language import cases, evaluated

CASES = r"""
chr(97) => a
codepoint('a') => 97
concat('a', 'b', 'c') => abc
'a' || NULL => NULL
concat_ws(',', 'a', NULL, 'b') => a,b
concat_ws('-', ARRAY['x', NULL, 'y']) => x-y
concat_ws(NULL, 'a') => NULL
hamming_distance('karolin', 'kathrin') => 3
length('héllo') => 5
length(CAST('ab' AS char(5))) => 5
levenshtein_distance('kitten', 'sitting') => 3
lower('ÀB') => àb
upper('straße') => STRAßE
lpad('abc', 5, 'xy') => xyabc
lpad('abc', 2, 'xy') => ab
rpad('abc', 7, 'xy') => abcxyxy
rpad('abc', 2, 'x') => ab
luhn_check('79927398713') => true
luhn_check('79927398714') => false
luhn_check('') => NULL
luhn_check(NULL) => NULL
position('l' IN 'hello') => 3
position('z' IN 'hello') => 0
replace('abcabc', 'b') => acac
replace('abcabc', 'b', 'XX') => aXXcaXXc
replace('ab', '', '-') => -a-b-
reverse('abc') => cba
soundex('Miller') => M460
soundex('Robert') => R163
soundex('Pfister') => P236
split('a,b,c', ',') => [a, b, c]
split('a,b,c', ',', 2) => [a, b,c]
split('', ',') => []
split_part('a:b:c', ':', 2) => b
split_part('a:b:c', ':', 4) => NULL
split_to_map('a=1;b=2', ';', '=') => {a=1, b=2}
split_to_map('a:1;b:2;a:3', ';', ':', (k, v1, v2) -> concat(v1, v2)) => {a=13, b=2}
split_to_multimap('a:1,b:2,a:3', ',', ':') => {a=[1, 3], b=[2]}
starts_with('hello', 'he') => true
strpos('high', 'g') => 3
strpos('banana', 'a', 2) => 4
strpos('banana', 'a', -1) => 6
strpos('banana', 'a', -3) => 2
strpos('banana', 'z', 1) => 0
substr('hello', 2, 2) => el
substr('hello', 10) =>
substring('hello' FROM 2) => ello
substring('hello' FROM 2 FOR 3) => ell
substring('hello', 2, 3) => ell
trim('  ab ') => ab
trim('!' FROM '!foo!') => foo
trim(BOTH '$' FROM '$var$') => var
trim(LEADING FROM '  abcd') => abcd
trim(TRAILING 'ER' FROM upper('worker')) => WORK
ltrim('xxab', 'x') => ab
rtrim('  ab  ') =>   ab
translate('abcd', '', '') => abcd
translate('abcd', 'a', 'z') => zbcd
translate('abcda', 'a', 'z') => zbcdz
translate('Palhoça', 'ç', 'c') => Palhoca
translate('abcd', 'b', U&'\+01F600') => a😀cd
translate('abcd', 'a', '') => bcd
translate('abcd', 'a', 'zy') => zbcd
translate('abcd', 'ac', 'z') => zbd
translate('abcd', 'aac', 'zq') => zbd
normalize('ﬁ', NFKC) => fi
normalize('a') => a
to_utf8('é') => c3 a9
from_utf8(X'6869') => hi
from_utf8(X'68ff', '?') => h?
from_utf8(X'68ff', 63) => h?
from_utf8(X'68ff') => h�
U&'Hello winter \2603 !' => Hello winter ☃ !
U&'Hello winter #2603 !' UESCAPE '#' => Hello winter ☃ !
format('%s%%', 123) => 123%
format('%.5f', pi()) => 3.14159
format('%03d', 8) => 008
format('%,.2f', 1234567.89) => 1,234,567.89
format('%-7s,%7s', 'hello', 'world') => hello  ,  world
format('%2$s %3$s %1$s', 'a', 'b', 'c') => b c a
format('%1$tA, %1$tB %1$te, %1$tY', date '2006-07-04') => Tuesday, July 4, 2006
format('%x %X %o %e', 255, 255, 8, 12345.678e0) => ff FF 10 1.234568e+04
format('%s %s %S', true, NULL, 'up') => true null UP
format('%+d|%(d|% d|%,d', 5, -5, 7, 1234567) => +5|(5)| 7|1,234,567
format('%s', 1.5e0) => 1.5
format('%s', 30e0) => 30.0
format('%s', -1.25e-7) => -1.25E-7
format('%s', 12345678.5e0) => 1.23456785E7
format('%s|%s', 0e0, infinity()) => 0.0|Infinity
format('%s', CAST(NULL AS double)) => null
format('%s %.1f', REAL '0.1', REAL '2.25') => 0.1 2.3
format('%b %c %h', true, 'x', 'a') => true x 61
format('%s', ARRAY[1, 2]) => [1, 2]
'it''s' => it's
'a' < 'b' => true
'abc' LIKE 'a%' => true
'a_c' LIKE 'a\_c' ESCAPE '\' => true
'abc' NOT LIKE '_b_' => false
'abc' LIKE 'A%' => false
typeof('cat') => varchar(3)
typeof(upper('cat')) => varchar(3)
typeof('a' || 'b') => varchar
typeof(CAST('a' AS char(3))) => char(3)
CAST('abcdef' AS varchar(3)) => abc
CAST('ab' AS char(4)) || '|' => ab  |
regexp_count('1a 2b 14m', '\s*[a-z]+\s*') => 3
regexp_extract_all('1a 2b 14m', '\d+') => [1, 2, 14]
regexp_extract_all('1a 2b 14m', '(\d+)([a-z]+)', 2) => [a, b, m]
regexp_extract('1a 2b 14m', '\d+') => 1
regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2) => a
regexp_like('1a 2b 14m', '\d+b') => true
regexp_position('I have 23 apples, 5 pears and 13 oranges', '\b\d+\b') => 8
regexp_position('I have 23 apples, 5 pears and 13 oranges', '\b\d+\b', 5) => 8
regexp_position('I have 23 apples, 5 pears and 13 oranges', '\b\d+\b', 12) => 19
regexp_position('I have 23 apples, 5 pears and 13 oranges', '\b\d+\b', 12, 1) => 19
regexp_position('I have 23 apples, 5 pears and 13 oranges', '\b\d+\b', 12, 2) => 31
regexp_position('I have 23 apples, 5 pears and 13 oranges', '\b\d+\b', 12, 3) => -1
regexp_replace('1a 2b 14m', '\d+[ab] ') => 14m
regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 ') => 3ca 3cb 14m
regexp_replace('new york', '(\w)(\w*)', x -> upper(x[1]) || lower(x[2])) => New York
regexp_split('1a 2b 14m', '\s*[a-z]+\s*') => [1, 2, 14, ]
regexp_like('foobar', 'foo(?=bar)') => true
regexp_replace('aa bb', '(\w)\1', '<$1>') => <a> <b>
regexp_replace('x', '(?<n>x)', '${n}${n}') => xx
regexp_extract('Straße', '\p{L}+') => Straße
regexp_replace('abc', 'b', '\$') => a$c
url_extract_host('http://example.com:8080/p?q=1#f') => example.com
url_extract_port('http://example.com:8080/p?q=1#f') => 8080
url_extract_path('http://example.com:8080/p?q=1#f') => /p
url_extract_query('http://example.com:8080/p?q=1#f') => q=1
url_extract_fragment('http://example.com:8080/p?q=1#f') => f
url_extract_protocol('http://example.com:8080/p?q=1#f') => http
url_extract_parameter('http://example.com/path1/p.php?k1=v1&k2=v2&k3&k4#Ref1', 'k3') =>
url_extract_parameter('http://example.com?k1=v1', 'kx') => NULL
url_extract_port('http://example.com') => NULL
url_extract_query('http://example.com') =>
url_encode('http://a b/ü~*') => http%3A%2F%2Fa+b%2F%C3%BC%7E*
url_decode('a%20b+c') => a b c
"""


def test_each_expression_has_the_value_that_trino_gives() -> None:
    assert evaluated(CASES) == cases(CASES)
