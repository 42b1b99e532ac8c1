"""Property tests are judged by what they find, never by how long one example takes."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "palier", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("palier")
