// Turns one SFDX package directory into the form in which an org is sent it, by Salesforce's own library. Says in JSON
// what became of it, and which elements Salesforce's description of the format knows. Talks to no network.
// Usage: node convert.mjs PROJECT PACKAGE_DIRECTORY OUTPUT
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import metadata from "@jsforce/jsforce-node/lib/api/metadata/schema.js";
import { Lifecycle } from "@salesforce/core";
import { ComponentSet, MetadataConverter } from "@salesforce/source-deploy-retrieve";

const [project, directory, output] = process.argv.slice(2).map((path) => resolve(path));
const { sourceApiVersion } = JSON.parse(readFileSync(join(project, "sfdx-project.json"), "utf8"));

const warnings = [];
Lifecycle.getInstance().onWarning(async (warning) => void warnings.push(warning));
process.on("warning", (warning) => warnings.push(`${warning.name}: ${warning.message}`));

const components = ComponentSet.fromSource(directory);
components.projectDirectory = project;
components.apiVersion = components.sourceApiVersion = sourceApiVersion;
const { converted } = await new MetadataConverter().convert(components, "metadata", {
    type: "directory",
    outputDirectory: output,
    genUniqueDir: false,
});

const found = components.getSourceComponents().toArray();
const own = (path) => path && relative(directory, path);
const parts = (component) => [component, ...component.getChildren()];
console.log(JSON.stringify({
    components: found.flatMap(parts).map((part) => `${part.type.name}:${part.fullName}`),
    files: [...new Set(found.flatMap(parts).flatMap((part) => [own(part.xml), ...part.walkContent().map(own)]))].filter(Boolean),
    converted: converted.length,
    ignored: [...(components.forceIgnoredPaths ?? [])].map(own),
    warnings,
    schema: metadata.ApiSchemas,
}));
