"""Find text that some output format cannot represent. The model refuses it."""

import re
import unicodedata

_UNUSABLE = re.compile("[\x00\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]|\r(?!\n)")
_TRIMMED = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]\\Z")


def unusable(text: str) -> str | None:
    """Return the part of ``text`` that some output cannot represent, such as ``the character U+0000``; None if there is
    none.

    NUL ends a string in a process environment and in a shell script. Helm writes values for schema validation with
    U+007F to U+009F unescaped, which its own parser refuses. Helm's ``toYaml`` parses JSON as YAML 1.1, in which
    U+0085, U+2028 and U+2029 end a line, and removes all Unicode spaces at the end of a rendered object. An unpaired
    surrogate is not a character and has no UTF-8 encoding. U+FFFE and U+FFFF are not allowed in YAML
    (https://yaml.org/spec/1.2.2/#51-character-set), and Markdown has no escape for them. After a carriage return that
    ends no line, Terraform misreads the escape of ``${``. Terraform normalizes strings to NFC, so text in another form
    would differ between the cloud and the cluster
    (https://developer.hashicorp.com/terraform/language/expressions/types#string).
    """
    found = _UNUSABLE.search(text)
    if found:
        return f"the character U+{ord(found[0]):04X}"
    if found := _TRIMMED.search(text):
        return f"the blank U+{ord(found[0]):04X} at the end"
    return None if unicodedata.is_normalized("NFC", text) else "characters that are not in Unicode's normal form C"
