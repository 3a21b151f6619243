/** Deployments over HTTP. */
@NullMarked
package io.tricolor.deploy.deployment.web;

import org.jspecify.annotations.NullMarked;
