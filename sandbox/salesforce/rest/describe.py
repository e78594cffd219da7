"""/sobjects and describe: what this user can see of the schema, with every key the vendor sends."""

from flask import Blueprint, Response, g

from sandbox.salesforce.access import Access
from sandbox.salesforce.gate import access, answer, backstage, drop_version
from sandbox.salesforce.rest.records import readable_object
from sandbox.salesforce.schema import Field, SObject

describes = Blueprint("describes", __name__, url_prefix="/services/data/<version>/sobjects")
describes.url_value_preprocessor(drop_version)
_SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
}  # fmt: skip


_ALIKE: dict[str, object] = {
    "activateable": False,
    "associateEntityType": None,
    "associateParentEntity": None,
    "customSetting": False,
    "deepCloneable": False,
    "deprecatedAndHidden": False,
    "feedEnabled": False,
    "hasSubtypes": False,
    "isInterface": False,
    "isSubtype": False,
    "layoutable": True,
    "mruEnabled": True,
    "queryable": True,
    "replicateable": True,
    "retrieveable": True,
    "triggerable": True,
}
"""What the stand-in says of every object."""


def _summary(sobject: SObject, rights: Access) -> dict[str, object]:
    """The part of a describe that the global list has too."""
    can = rights.object_rights(sobject)
    base = f"/services/data/{g.version}/sobjects/{sobject.name}"
    urls = {
        "sobject": base,
        "describe": f"{base}/describe",
        "rowTemplate": f"{base}/{{ID}}",
        "listviews": f"{base}/listviews",
        "layouts": f"{base}/describe/layouts",
        "quickActions": f"{base}/quickActions",
        "compactLayouts": f"{base}/describe/compactLayouts",
        "approvalLayouts": f"{base}/describe/approvalLayouts",
        "uiDetailTemplate": f"{backstage().options.instance_url}/{{ID}}",
        "uiEditTemplate": f"{backstage().options.instance_url}/{{ID}}/e",
        "uiNewRecord": f"{backstage().options.instance_url}/{sobject.prefix}/e",
    }
    own = {
        "createable": can.create,
        "custom": sobject.custom,
        "deletable": can.delete,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "mergeable": sobject.find("MasterRecordId") is not None and can.delete,
        "name": sobject.name,
        "searchable": not sobject.custom,
        "undeletable": can.delete,
        "updateable": can.edit,
        "urls": urls,
    }
    return dict(sorted((_ALIKE | own).items()))


def _picklist(field: Field) -> list[dict[str, object]]:
    return [
        {
            "active": True,
            "defaultValue": value == field.default,
            "label": value,
            "validFor": None,
            "value": value,
        }
        for value in field.values
    ]


_PLAIN: dict[str, object] = {
    "aiPredictionField": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "mask": None,
    "maskType": None,
    "namePointing": False,
    "polymorphicForeignKey": False,
    "queryByDistance": False,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedPicklist": False,
    "searchPrefilterable": False,
    "writeRequiresMasterRead": False,
}
"""What the stand-in says of every field: it has none of these."""


def _defaulted(field: Field) -> bool:
    """Whether the org fills a field in when nobody does: a required one that it does not has to be given."""
    return field.type == "boolean" or field.name == "OwnerId" or field.default is not None or not field.createable


def _field(field: Field, sobject: SObject, rights: Access) -> dict[str, object]:
    editable = rights.editable(sobject, field)
    has_length = field.is_text or field.type in ("id", "reference")
    filterable, number = not field.is_long, field.is_number
    relationship = field.relationship if field.reference_to else None
    own = {
        "aggregatable": filterable and field.type != "boolean",
        "autoNumber": field.auto_number is not None,
        "calculated": not field.stored and field.custom,
        "calculatedFormula": (field.formula or "").strip("{}") if field.custom and not field.stored else None,
        "byteLength": field.length * 3 if field.is_text else field.length,
        "cascadeDelete": field.on_delete == "Cascade",
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": "Name" if field.name in ("FirstName", "LastName", "Salutation") else None,
        "createable": field.createable and editable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else None,
        "defaultedOnCreate": _defaulted(field),
        "digits": field.precision if field.type == "int" else 0,
        "externalId": field.external_id,
        "extraTypeInfo": "plaintextarea" if field.is_long else None,
        "filterable": filterable,
        "groupable": filterable and field.type != "datetime" and not number,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length if has_length else 0,
        "name": field.name,
        "nameField": field.name == sobject.name_field,
        "nillable": not field.required and field.type not in ("id", "boolean") and not field.name.startswith("System"),
        "permissionable": field.permissionable,
        "picklistValues": _picklist(field),
        "precision": field.precision if field.type != "int" else 0,
        "referenceTo": list(field.reference_to),
        "relationshipName": relationship,
        "restrictedDelete": field.on_delete == "Restrict",
        "scale": field.scale,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": filterable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable and editable,
    }
    return dict(sorted((_PLAIN | own).items()))


def _children(sobject: SObject, rights: Access) -> list[dict[str, object]]:
    return [
        {
            "cascadeDelete": lookup.on_delete == "Cascade",
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": lookup.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": lookup.child_relationship,
            "restrictedDelete": lookup.on_delete == "Restrict",
        }
        for child, lookup in backstage().org.schema.children(sobject.name)
        if rights.object_rights(child).read and rights.readable(child, lookup)
    ]


@describes.get("")
@describes.get("/")
def everything() -> Response:
    rights = access()
    listed = [_summary(item, rights) for item in backstage().org.schema if rights.object_rights(item).read]
    return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


@describes.get("/<name>")
@describes.get("/<name>/")
def basics(name: str) -> Response:
    sobject = readable_object(name)
    return answer({"objectDescribe": _summary(sobject, access()), "recentItems": []})


@describes.get("/<name>/describe")
@describes.get("/<name>/describe/")
def describe(name: str) -> Response:
    sobject, rights = readable_object(name), access()
    body = _summary(sobject, rights) | {
        "actionOverrides": [],
        "childRelationships": _children(sobject, rights),
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(item, sobject, rights) for item in rights.visible_fields(sobject)],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": "All records", "name": "everything"},
            {"label": "My records", "name": "mine"},
        ],
    }
    return answer(dict(sorted(body.items())))
