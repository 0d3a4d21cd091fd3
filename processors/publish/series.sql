-- What a figure is one of: series, the indicator and what it is measured by (`growth_percentile|subject=…,test=…`), and cell_slice, the
-- group of students alone (`band=1`). Inside a publication a series stands where the indicator stood.
  extract(slice, '(?:(?:from=[^,]*,)?subject=|informant=).*') as measured_by,
  if(measured_by = '', toString(indicator), concat(indicator, '|', measured_by)) as series,
  if(measured_by = '', toString(slice), trimRight(substring(slice, 1, length(slice) - length(measured_by)), ',')) as cell_slice
