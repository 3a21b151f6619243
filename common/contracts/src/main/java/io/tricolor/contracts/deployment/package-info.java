/** Desired and observed instances of clusters: the words between strategy-service and deploy-service. */
@NullMarked
package io.tricolor.contracts.deployment;

import org.jspecify.annotations.NullMarked;
