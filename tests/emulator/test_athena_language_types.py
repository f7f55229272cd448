# ruff: noqa: E501 (a case is read on one line)
"""UUIDs, IP addresses and geometries: values worked out from Trino's documentation and its rules."""

from tests.emulator.athena_language import cases, evaluated

CASES = r"""
UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' => 12151fd2-7586-11e9-8f9e-2a86e4085a59
CAST('12151FD2-7586-11e9-8f9e-2a86e4085a59' AS uuid) => 12151fd2-7586-11e9-8f9e-2a86e4085a59
TRY_CAST('x' AS uuid) => NULL
length(CAST(uuid() AS varchar)) => 36
typeof(uuid()) => uuid
UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59' = CAST('12151fd2-7586-11e9-8f9e-2a86e4085a59' AS uuid) => true
IPADDRESS '10.0.0.1' => 10.0.0.1
IPADDRESS '2001:0db8::0001' => 2001:db8::1
CAST(IPADDRESS '::ffff:1.2.3.4' AS varchar) => 1.2.3.4
contains('10.0.0.0/8', IPADDRESS '10.255.255.255') => true
contains('2001:0db8:0:0:0:ff00:0042:8329/128', IPADDRESS '2001:0db8:0:0:0:ff00:0042:8329') => true
contains('192.168.0.0/16', IPADDRESS '10.0.0.1') => false
cardinality(empty_approx_set()) => 0
ST_AsText(ST_Point(1, 2.5)) => POINT (1 2.5)
ST_X(ST_Point(1, 2)) => 1.0
ST_Y(ST_GeometryFromText('POINT (3 4)')) => 4.0
ST_AsText(ST_GeometryFromText('polygon((0 0,0 1,1 1,0 0))')) => POLYGON ((0 0, 0 1, 1 1, 0 0))
ST_AsText(ST_LineString(ARRAY[ST_Point(1, 2), ST_Point(3, 4)])) => LINESTRING (1 2, 3 4)
ST_AsText(ST_MultiPoint(ARRAY[ST_Point(1, 2), ST_Point(3, 4)])) => MULTIPOINT ((1 2), (3 4))
ST_Area(ST_Polygon('POLYGON ((2 2, 2 6, 6 6, 6 2, 2 2))')) => 16.0
ST_Length(ST_LineFromText('LINESTRING (0 0, 3 4, 3 5)')) => 6.0
ST_Distance(ST_Point(50, 100), ST_Point(150, 150)) => 111.80339887498948
ST_Distance(ST_Point(0, 5), ST_LineFromText('LINESTRING (-1 0, 1 0)')) => 5.0
ST_Contains(ST_Polygon('POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))'), ST_Point(1, 1)) => true
ST_Contains(ST_Polygon('POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))'), ST_Point(0, 1)) => false
ST_Within(ST_Point(5, 1), ST_Polygon('POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))')) => false
ST_Intersects(ST_LineFromText('LINESTRING (0 0, 2 2)'), ST_LineFromText('LINESTRING (0 2, 2 0)')) => true
ST_Disjoint(ST_Point(9, 9), ST_Polygon('POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))')) => true
ST_AsText(ST_Centroid(ST_Polygon('POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))'))) => POINT (2 2)
ST_AsText(ST_Envelope(ST_LineFromText('LINESTRING (1 1, 2 3)'))) => POLYGON ((1 1, 1 3, 2 3, 2 1, 1 1))
ST_XMin(ST_LineFromText('LINESTRING (8 4, 5 7)')) => 5.0
ST_NumPoints(ST_LineFromText('LINESTRING (8 4, 5 7)')) => 2
ST_GeometryType(ST_Point(1, 2)) => ST_Point
ST_IsEmpty(ST_GeometryFromText('POINT EMPTY')) => true
ST_AsText(ST_StartPoint(ST_LineFromText('LINESTRING (8 4, 5 7)'))) => POINT (8 4)
ST_AsText(ST_PointN(ST_LineFromText('LINESTRING (8 4, 5 7)'), 2)) => POINT (5 7)
round(great_circle_distance(36.12, -86.67, 33.94, -118.40), 1) => 2886.4
round(ST_Distance(to_spherical_geography(ST_Point(-86.67, 36.12)), to_spherical_geography(ST_Point(-118.40, 33.94)))) => 2886449.0
bing_tile_quadkey(bing_tile(3, 5, 3)) => 213
bing_tile_coordinates(bing_tile('213')) => {x=3, y=5}
bing_tile_zoom_level(bing_tile_at(30.12, 60, 9)) => 9
bing_tile_quadkey(bing_tile_at(30.12, 60, 9)) => 123030123
"""


def test_each_expression_has_the_value_that_trino_gives() -> None:
    assert evaluated(CASES) == cases(CASES)
