/** Product and version as others see them; the version is package.json's. */
export const CLIENT = 'roundel-web 0.1.0';
