"""What programs ask: ``/api`` (OpenAPI) and ``/metrics``, closed unless the installation has a token for them."""

from perscoach.ui.service.door import Service

__all__ = ["Service"]
