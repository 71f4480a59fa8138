"""Errors of the simulated API, with the codes that AWS uses."""


class ApiError(Exception):
    """An API call was refused: ``code`` is AWS's error code, ``http_status`` 400 unless AWS itself failed."""

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(code, message, http_status)
        self.code = code
        self.message = message
        self.http_status = http_status

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def invalid(message: str) -> ApiError:
    """A parameter that ECS refuses."""
    return ApiError("InvalidParameterException", message)


def refused(message: str) -> ApiError:
    """A request that ECS cannot carry out for the caller."""
    return ApiError("ClientException", message)


def cluster_not_found() -> ApiError:
    """The cluster does not exist."""
    return ApiError("ClusterNotFoundException", "Cluster not found.")


def service_not_found() -> ApiError:
    """The service does not exist."""
    return ApiError("ServiceNotFoundException", "Service not found.")
