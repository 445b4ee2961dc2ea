"""A module two levels down that looks up."""

from .. import twice
from ..deep import helper

up = (twice(5), helper())
