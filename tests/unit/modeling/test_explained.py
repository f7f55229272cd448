import dataclasses

from crispstack.charter import Derivation
from crispstack.data_understanding.withheld import withheld_features
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.modeling import bank


def test_values_of_personal_columns_are_told_only_where_the_charter_keeps_them() -> None:
    charter = bank.charter()
    assert withheld_features(charter) == set()
    personal = {"age", "job", "marital"}
    columns = tuple(dataclasses.replace(each, personal=each.name in personal) for each in charter.source.columns)
    derive = (
        Derivation("age_log", "log1p", "age"),
        Derivation("older", "difference", "balance", other="age"),
        Derivation("older_still", "log1p", "older"),
        Derivation("rich", "log1p", "balance"),
    )
    private = dataclasses.replace(
        charter,
        sources=(dataclasses.replace(charter.source, columns=columns),),
        privacy=(
            PrivacyTreatment("job", "keep", "only the kind of work"),
            PrivacyTreatment("marital", "generalize", to="prefix", size=1),
            PrivacyTreatment("contact", "hash"),
        ),
        preparation=dataclasses.replace(charter.preparation, derive=derive),
    )
    assert withheld_features(private) == {"age", "marital", "contact", "age_log", "older", "older_still"}
