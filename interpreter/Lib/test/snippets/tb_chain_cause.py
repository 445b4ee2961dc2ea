"""One was the direct cause of the other."""
class ConfigError(Exception):
    pass


def load():
    try:
        return {}["port"]
    except KeyError as error:
        raise ConfigError("no port") from error


load()
