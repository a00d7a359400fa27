// Drives a FHIR server through one round with fhir-kit-client and prints what it saw, as JSON.
import { Client } from "fhir-kit-client";

const client = new Client({ baseUrl: process.argv[2], bearerToken: process.argv[3] });
const seen = {};

seen.fhirVersion = (await client.capabilityStatement()).fhirVersion;

const name = [{ family: "Kit", given: ["Kim"] }];
const made = await client.create({
  resourceType: "Patient",
  body: { resourceType: "Patient", name },
});
seen.created = made.name[0].family;
const id = made.id;

seen.read = (await client.read({ resourceType: "Patient", id })).name[0].family;
seen.vread = (await client.vread({ resourceType: "Patient", id, version: "1" })).meta.versionId;
seen.updated = (
  await client.update({ resourceType: "Patient", id, body: { ...made, gender: "other" } })
).meta.versionId;
seen.patched = (
  await client.patch({
    resourceType: "Patient",
    id,
    jsonPatch: [{ op: "add", path: "/active", value: true }],
  })
).active;

const found = await client.search({ resourceType: "Patient", searchParams: { family: "kit" } });
seen.found = found.entry.length;

for (let day = 1; day <= 5; day += 1) {
  await client.create({
    resourceType: "Observation",
    body: {
      resourceType: "Observation",
      status: "final",
      code: { text: "pulse" },
      subject: { reference: `Patient/${id}` },
      effectiveDateTime: `2024-01-0${day}`,
    },
  });
}
let page = await client.search({
  resourceType: "Observation",
  searchParams: { patient: id, _count: 2 },
});
seen.pages = 1;
while (client.nextPage && page.link.some((link) => link.relation === "next")) {
  page = await client.nextPage({ bundle: page });
  seen.pages += 1;
}

seen.history = (await client.history({ resourceType: "Patient", id })).entry.length;

const batch = await client.batch({
  body: {
    resourceType: "Bundle",
    type: "batch",
    entry: [
      {
        resource: { resourceType: "Patient", name: [{ family: "Doomed" }] },
        request: { method: "POST", url: "Patient" },
      },
      { request: { method: "GET", url: "Patient/nobody" } },
    ],
  },
});
seen.batch = batch.entry.map((entry) => entry.response.status);

const everything = await client.operation({
  name: "everything",
  resourceType: "Patient",
  id,
  method: "GET",
});
seen.everything = [...new Set(everything.entry.map((entry) => entry.resource.resourceType))];

const doomed = batch.entry[0].response.location.split("/Patient/")[1].split("/")[0];
await client.delete({ resourceType: "Patient", id: doomed });
try {
  await client.read({ resourceType: "Patient", id: doomed });
} catch (error) {
  seen.deleted = error.response.status;
}

console.log(JSON.stringify(seen));
