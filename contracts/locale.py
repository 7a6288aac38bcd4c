"""The order of day and month that the people of a place write dates in."""

from collections.abc import Mapping
from typing import Literal

DateOrder = Literal["dmy", "mdy", "ymd"]

DEFAULT = "en-GB"
"""The locale of an organisation of which none is told."""

_WRITTEN: Mapping[DateOrder, str] = {
    "dmy": "en-GB cy-GB gd-GB en-IE ga-IE en-AU en-NZ en-IN bg-BG cs-CZ da-DK de-AT de-CH de-DE "
    "el-GR es-ES et-EE fi-FI fr-BE fr-FR hr-HR it-IT lv-LV mt-MT nb-NO nl-BE nl-NL pl-PL pt-PT "
    "ro-RO sk-SK sl-SI",
    "mdy": "en-US",
    "ymd": "hu-HU ja-JP ko-KR lt-LT sv-SE zh-CN",
}

DATE_ORDERS: Mapping[str, DateOrder] = {
    locale: order for order, locales in _WRITTEN.items() for locale in locales.split()
}
"""Locale (BCP 47) to its order. Source: Unicode CLDR, short date patterns."""
