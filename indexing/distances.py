"""How far two points of the earth are from each other."""

import math

EARTH_RADIUS_MILES = 3958.7613
"""The mean radius of the IUGG, 6,371.0088 km."""


def miles_between(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Great-circle miles between two points in degrees (haversine formula)."""
    low, high = math.radians(lat), math.radians(other_lat)
    across = math.radians(other_lng - lng)
    half = math.sin((high - low) / 2) ** 2 + math.cos(low) * math.cos(high) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_MILES * math.asin(math.sqrt(min(half, 1.0)))
